#!/usr/bin/env python3
"""Writes cases.txt: ranges cut into buckets in many time zones, for calendar_test.

Nothing clever: it walks through time step by step (minutes; seconds where a zone's offset is not
whole minutes), asks Python's zoneinfo what the local clock shows, and cuts where the definition
in metrics/calendar.h says so. usage: ./generate.py > cases.txt   (a few minutes)

Cases depend on the tz database; run it again when a release changes the past of a zone in it.
"""
import multiprocessing
import random
import zoneinfo
from datetime import datetime, timedelta, timezone

UTC = timezone.utc
MINUTE, HOUR, DAY = 60, 3600, 86400
CLOCK = {'15m': 15 * MINUTE, '30m': 30 * MINUTE, 'hour': HOUR}
CIVIL = ('day', 'week', 'month', 'quarter', 'year')
WEEKDAYS = ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')

ZONES = """UTC Europe/Amsterdam Europe/London Europe/Dublin Europe/Lisbon Europe/Moscow
Europe/Istanbul America/New_York America/Los_Angeles America/Sao_Paulo America/St_Johns
America/Caracas America/Havana America/Asuncion America/Santiago America/Scoresbysund
America/Argentina/Buenos_Aires America/Nuuk Africa/Casablanca Africa/Cairo Africa/Monrovia
Africa/Juba Asia/Kathmandu Asia/Kolkata Asia/Tehran Asia/Beirut Asia/Amman Asia/Gaza
Asia/Pyongyang Asia/Hong_Kong Asia/Manila Asia/Yangon Asia/Dhaka Australia/Lord_Howe
Australia/Adelaide Australia/Eucla Antarctica/Troll Antarctica/Casey Pacific/Apia
Pacific/Kwajalein Pacific/Kiritimati Pacific/Enderbury Pacific/Chatham Pacific/Fakaofo
Pacific/Auckland Pacific/Marquesas Atlantic/Azores""".split()


def instant(*fields):
    return int(datetime(*fields, tzinfo=UTC).timestamp())


def offset(zone, t):
    return int(datetime.fromtimestamp(t, zone).utcoffset().total_seconds())


def bucket_of_date(date, granularity, week_start):
    """A number that grows with the date and is the same within a bucket."""
    if granularity == 'day':
        return date.toordinal()
    if granularity == 'week':
        return (date.toordinal() - 1 - WEEKDAYS.index(week_start)) // 7  # Ordinal 1 is a Monday.
    if granularity == 'month':
        return date.year * 12 + date.month - 1
    if granularity == 'quarter':
        return date.year * 4 + (date.month - 1) // 3
    return date.year


def cuts(zone, granularity, week_start, start, end, step):
    """Instants in (start, end) where a bucket begins."""
    found = []
    if granularity in CLOCK:
        size = CLOCK[granularity]
        before = offset(zone, start)
        for t in range(start - start % step + step, end, step):
            now = offset(zone, t)
            # The clock shows a multiple, or would have shown one had it not been changed.
            if (t + now) % size == 0 or (now != before and (t + before) % size == 0):
                found.append(t)
            before = now
        return found
    # A bucket of days begins at the first instant whose local date is in it. The clock may go back
    # over midnight, so the walk begins a good while before the range.
    first = start - start % step - 3 * DAY
    latest = None
    for t in range(first, end, step):
        date = datetime.fromtimestamp(t, zone).date()
        bucket = bucket_of_date(date, granularity, week_start)
        if latest is None:
            latest = bucket
        if bucket > latest:
            latest = bucket
            if t > start:
                found.append(t)
    return found


def step_of(zone, start, end):
    """Minutes will do where offsets are whole minutes (they were not in Monrovia until 1972)."""
    for t in range(start - 4 * DAY, end + DAY, 6 * HOUR):
        if offset(zone, t) % MINUTE:
            return 1
    return MINUTE


def line(case):
    name, granularity, week_start, start, end = case
    zone = zoneinfo.ZoneInfo(name)
    edges = [start] + cuts(zone, granularity, week_start, start, end,
                           step_of(zone, start, end)) + [end]
    sizes = []  # [seconds, how many times in a row]
    for a, b in zip(edges, edges[1:]):
        if sizes and sizes[-1][0] == b - a:
            sizes[-1][1] += 1
        else:
            sizes.append([b - a, 1])
    text = ' '.join(f'{size}*{count}' if count > 1 else str(size) for size, count in sizes)
    stamps = [datetime.fromtimestamp(t, UTC).strftime('%Y-%m-%dT%H:%M:%SZ') for t in (start, end)]
    return f'{name} {granularity} {week_start} {stamps[0]} {stamps[1]} {text}'


def chosen_cases():
    """Days that are known to be odd."""
    around = [
        ('Europe/Amsterdam', (2024, 3, 31)), ('Europe/Amsterdam', (2024, 10, 27)),
        ('America/Sao_Paulo', (2018, 11, 4)), ('America/Sao_Paulo', (2018, 2, 18)),
        ('Australia/Lord_Howe', (2024, 4, 7)), ('Australia/Lord_Howe', (2024, 10, 6)),
        ('Asia/Kathmandu', (1986, 1, 1)), ('Asia/Kathmandu', (2024, 7, 1)),
        ('Pacific/Apia', (2011, 12, 30)), ('Pacific/Fakaofo', (2011, 12, 30)),
        ('Pacific/Kwajalein', (1993, 8, 21)), ('Pacific/Kiritimati', (1995, 1, 1)),
        ('Pacific/Enderbury', (1995, 1, 1)),
        ('Africa/Casablanca', (2019, 5, 5)), ('Africa/Casablanca', (2019, 6, 9)),
        ('America/St_Johns', (1988, 4, 3)), ('America/St_Johns', (1988, 10, 30)),
        ('America/St_Johns', (2006, 10, 29)), ('America/St_Johns', (2011, 3, 13)),
        ('America/Havana', (2024, 3, 10)), ('Asia/Beirut', (2022, 3, 27)),
        ('Africa/Monrovia', (1972, 1, 7)), ('Asia/Pyongyang', (2015, 8, 15)),
        ('Asia/Pyongyang', (2018, 5, 5)), ('America/Caracas', (2007, 12, 9)),
        ('America/Caracas', (2016, 5, 1)), ('Antarctica/Troll', (2024, 3, 31)),
        ('Europe/Moscow', (2011, 3, 27)), ('Europe/Moscow', (2014, 10, 26)),
        ('Europe/Lisbon', (1992, 9, 27)), ('Europe/Istanbul', (2015, 11, 8)),
        ('Pacific/Chatham', (2024, 4, 7)), ('Europe/London', (1971, 10, 31)),
        ('Antarctica/Casey', (2018, 3, 11)), ('Europe/Dublin', (2024, 10, 27)),
    ]
    for name, date in around:
        midnight = instant(*date)
        for granularity in ('15m', '30m', 'hour', 'day'):
            yield name, granularity, 'monday', midnight - DAY, midnight + 2 * DAY
        yield name, 'hour', 'monday', midnight - 9 * HOUR - 1234, midnight + 31 * HOUR + 777
        yield name, 'week', 'monday', midnight - 20 * DAY, midnight + 20 * DAY
        yield name, 'week', 'friday', midnight - 20 * DAY, midnight + 20 * DAY
        yield name, 'month', 'monday', midnight - 70 * DAY, midnight + 70 * DAY
    # The first and last days that kpid knows, and single instants around a cut.
    for name in ('UTC', 'Europe/Amsterdam', 'America/New_York', 'Asia/Kathmandu',
                 'Pacific/Auckland'):
        for granularity in ('15m', 'hour', 'day', 'week', 'month', 'quarter', 'year'):
            yield name, granularity, 'monday', instant(1970, 1, 1), instant(1970, 1, 4)
            yield name, granularity, 'sunday', instant(2199, 12, 28), instant(2200, 1, 1)
            yield name, granularity, 'monday', instant(2024, 6, 1) - 1, instant(2024, 6, 1) + 1
            yield name, granularity, 'monday', instant(2024, 6, 1), instant(2024, 6, 1) + 1
        yield name, 'year', 'monday', instant(2160, 5, 5), instant(2164, 2, 29)
        yield name, 'day', 'monday', instant(2100, 2, 20), instant(2100, 4, 10)
        yield name, 'quarter', 'monday', instant(2023, 11, 11), instant(2025, 11, 11)


def transitions(zone, start, end):
    found = []
    before = offset(zone, start)
    for t in range(start, end, 12 * HOUR):
        now = offset(zone, t)
        if now != before:
            found.append(t)
        before = now
    return found


def random_cases(count):
    draw = random.Random(20240304)
    longest = {'15m': 2, '30m': 3, 'hour': 5, 'day': 60, 'week': 200, 'month': 500,
               'quarter': 900, 'year': 1500}  # Days.
    changes = {name: transitions(zoneinfo.ZoneInfo(name), instant(1970, 2, 1), instant(2025, 1, 1))
               for name in ZONES}
    for _ in range(count):
        name = draw.choice(ZONES)
        granularity = draw.choice(list(CLOCK) + list(CIVIL))
        length = draw.randint(1, longest[granularity] * DAY)
        if changes[name] and draw.random() < 0.7:
            start = draw.choice(changes[name]) - draw.randint(0, length)
        elif name in ('UTC', 'Europe/Amsterdam', 'America/New_York', 'Asia/Kathmandu'):
            start = draw.randint(instant(1970, 1, 1), instant(2190, 1, 1))
        else:
            start = draw.randint(instant(1970, 1, 1), instant(2020, 1, 1))
        start = max(start, 0)
        if draw.random() < 0.5:
            start -= start % (15 * MINUTE)
        yield name, granularity, draw.choice(WEEKDAYS), start, start + length


def main():
    cases = list(chosen_cases()) + list(random_cases(450))
    print('# Made by generate.py from the tz database; do not edit.')
    print('# zone granularity week_start start end sizes of the buckets in seconds (size*count)')
    with multiprocessing.Pool() as pool:
        for text in pool.imap(line, cases):
            print(text)


if __name__ == '__main__':
    main()

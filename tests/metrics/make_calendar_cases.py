#!/usr/bin/env python3
"""Writes calendar_cases.txt: buckets of calendar.h, found minute by minute with Python's zoneinfo.

usage: make_calendar_cases.py > calendar_cases.txt

A line: zone, granularity, first day of the week (0 Monday), then the start of each bucket and the
end of the last, in seconds from 1970.
"""
import datetime as dt
import zoneinfo

UTC = dt.timezone.utc
STEPS = {'15m': 15, '30m': 30, 'hour': 60}


def local(zone, t):
    return dt.datetime.fromtimestamp(t, UTC).astimezone(zone).replace(tzinfo=None)


def period(date, granularity, week_start):
    if granularity == 'week':
        return date - dt.timedelta(days=(date.weekday() - week_start) % 7)
    if granularity == 'month':
        return date.replace(day=1)
    if granularity == 'quarter':
        return date.replace(month=(date.month - 1) // 3 * 3 + 1, day=1)
    if granularity == 'year':
        return date.replace(month=1, day=1)
    return date


def clock_cuts(zone, start, end, step):
    before = local(zone, start - 60)
    for t in range(start, end, 60):
        now = local(zone, t)
        would_be = before + dt.timedelta(minutes=1)
        on_grid = [x for x in (now, would_be) if (x.hour * 60 + x.minute) % step == 0]
        if t > start and on_grid:
            yield t
        before = now


def period_cuts(zone, start, end, granularity, week_start):
    # Only the first instant of a period counts, also when the clock goes back over it.
    latest = None
    for t in range(start - 2 * 86400, end, 60):
        own = period(local(zone, t).date(), granularity, week_start)
        if latest is None or own > latest:
            if latest is not None and t > start:
                yield t
            latest = own


def write(name, granularity, start, end, week_start=0):
    zone = zoneinfo.ZoneInfo(name)
    start, end = (int(dt.datetime.fromisoformat(x).replace(tzinfo=UTC).timestamp())
                  for x in (start, end))
    if granularity in STEPS:
        cuts = clock_cuts(zone, start, end, STEPS[granularity])
    else:
        cuts = period_cuts(zone, start, end, granularity, week_start)
    print(name, granularity, week_start, *[start, *cuts, end])


def main():
    for name in ('Europe/Amsterdam', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe',
                 'America/Sao_Paulo', 'Africa/Casablanca', 'Asia/Kolkata', 'UTC'):
        for granularity in ('15m', '30m', 'hour'):
            write(name, granularity, '2018-02-16T21:10', '2018-02-18T09:30')
        write(name, 'day', '2018-10-20T01:07', '2018-11-12T05:00')
        write(name, 'month', '2018-01-15T00:00', '2018-12-15T00:00')
    for day in ('2024-03-30', '2024-10-26'):
        end = (dt.date.fromisoformat(day) + dt.timedelta(days=2)).isoformat()
        for granularity in ('15m', '30m', 'hour', 'day'):
            write('Europe/Amsterdam', granularity, day + 'T11:00', end + 'T11:00')
    for day in ('2024-04-06', '2024-10-05'):
        end = (dt.date.fromisoformat(day) + dt.timedelta(days=2)).isoformat()
        for granularity in ('15m', '30m', 'hour', 'day'):
            write('Australia/Lord_Howe', granularity, day + 'T05:00', end + 'T05:00')
    for granularity in ('15m', 'hour', 'day', 'week', 'month', 'year'):
        write('Pacific/Apia', granularity, '2011-12-29T00:00', '2012-01-02T00:00')
    for week_start in range(7):
        write('Pacific/Apia', 'week', '2011-12-10T00:00', '2012-01-20T00:00', week_start)
        write('Europe/Amsterdam', 'week', '2024-03-01T00:00', '2024-04-20T00:00', week_start)
    # The clock skips midnight (2018-11-04) and repeats an hour before it (2018-02-18).
    write('America/Sao_Paulo', 'hour', '2018-11-03T20:00', '2018-11-04T12:00')
    write('America/Sao_Paulo', 'day', '2018-11-02T00:00', '2018-11-07T00:00')
    # Midnight is shown twice.
    write('America/Havana', 'day', '2023-11-03T00:00', '2023-11-08T00:00')
    write('America/Havana', 'hour', '2023-11-04T20:00', '2023-11-05T12:00')
    # The clock goes back from 0:01 to 23:01 of the day before.
    write('America/St_Johns', 'day', '2006-10-27T00:00', '2006-11-01T00:00')
    write('America/St_Johns', 'hour', '2006-10-28T12:00', '2006-10-30T00:00')
    for granularity in ('quarter', 'year'):
        write('Europe/Amsterdam', granularity, '2023-02-03T04:05', '2024-11-06T07:08')
    # Beyond the transitions that zone files list one by one.
    write('Europe/Amsterdam', 'hour', '2060-03-27T20:00', '2060-03-29T00:00')


main()

#include "client/field_text.h"

#include <gtest/gtest.h>

namespace kpid::client {
namespace {

// Seconds and nanoseconds as text; "no" when the text is not a time.
std::string Time(std::string_view text) {
  google::protobuf::Timestamp time;
  if (!ParseTime(text, &time)) return "no";
  return std::to_string(time.seconds()) + "." + std::to_string(time.nanos());
}

TEST(ParseTime, TakesRfc3339) {
  EXPECT_EQ(Time("1970-01-01T00:00:00Z"), "0.0");
  EXPECT_EQ(Time("1999-01-01T00:00:31Z"), "915148831.0");
  EXPECT_EQ(Time("1999-01-01 00:00:31z"), "915148831.0");
  EXPECT_EQ(Time("2026-01-31T10:30:00+01:00"), Time("2026-01-31T09:30:00Z"));
  EXPECT_EQ(Time("2026-01-31T04:00:00-05:30"), Time("2026-01-31T09:30:00Z"));
  EXPECT_EQ(Time("2026-01-31T09:30Z"), Time("2026-01-31T09:30:00Z"));
  EXPECT_EQ(Time("2024-02-29T00:00:00Z"), "1709164800.0");
  EXPECT_EQ(Time("1969-12-31T23:59:59.5Z"), "-1.500000000");
}

TEST(ParseTime, TakesFractions) {
  EXPECT_EQ(Time("1970-01-01T00:00:00.5Z"), "0.500000000");
  EXPECT_EQ(Time("1970-01-01T00:00:00.000001Z"), "0.1000");
  EXPECT_EQ(Time("1970-01-01T00:00:00.1234567899Z"), "0.123456789");
}

TEST(ParseTime, RefusesOtherText) {
  for (const char* text :
       {"", "2026-01-31", "2026-01-31T09:30:00", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-31T24:00:00Z",
        "2026-01-31T23:60:00Z", "2026-12-31T23:59:60Z", "2026-01-31T09:30:00+1:00",
        "2026-01-31T09:30:00+01", "2026-01-31T09:30:00.Z", "2026-01-31T09:30:00Zx",
        "31.01.2026 09:30", "2026-01-31x09:30:00Z", "2023-02-29T00:00:00Z",
        "2026-01-31T09:30:00+24:00", "+026-01-31T09:30:00Z"}) {
    EXPECT_EQ(Time(text), "no") << text;
  }
}

std::string Length(std::string_view text) {
  google::protobuf::Duration duration;
  if (!ParseDurationField(text, &duration)) return "no";
  return std::to_string(duration.seconds()) + "." + std::to_string(duration.nanos());
}

TEST(ParseDurationField, TakesSecondsAndUnits) {
  EXPECT_EQ(Length("90"), "90.0");
  EXPECT_EQ(Length("0"), "0.0");
  EXPECT_EQ(Length("12.5"), "12.500000000");
  EXPECT_EQ(Length("12.000001"), "12.1000");
  EXPECT_EQ(Length("0.1234567899"), "0.123456789");
  EXPECT_EQ(Length("-1.5"), "-1.-500000000");
  EXPECT_EQ(Length("90s"), "90.0");
  EXPECT_EQ(Length("1.5m"), "90.0");
  EXPECT_EQ(Length("250ms"), "0.250000000");
  EXPECT_EQ(Length("2h"), "7200.0");
}

TEST(ParseDurationField, RefusesOtherText) {
  for (const char* text : {"", "x", "1x", "1:30", "1e3", "-", ".", "1.", "1,5", "inf", "nan", " 1",
                           "9999999999999999999"}) {
    EXPECT_EQ(Length(text), "no") << text;
  }
}

TEST(ParseMoney, TakesAmountAndCurrency) {
  v1::Money money;
  ASSERT_TRUE(ParseMoney("12.50 EUR", &money));
  EXPECT_EQ(money.units(), 12);
  EXPECT_EQ(money.nanos(), 500'000'000);
  EXPECT_EQ(money.currency_code(), "EUR");
  ASSERT_TRUE(ParseMoney("-0.000001 USD", &money));
  EXPECT_EQ(money.units(), 0);
  EXPECT_EQ(money.nanos(), -1000);
  for (const char* text : {"", "12.50", "EUR 12.50", "12,50 EUR", "12.50EUR", "12.50 EURO",
                           "1.1234567891 EUR", "x EUR"}) {
    EXPECT_FALSE(ParseMoney(text, &money)) << text;
  }
}

TEST(ParseTruth, TakesWords) {
  bool value = false;
  for (const char* text : {"true", "TRUE", "yes", "Yes", "1"}) {
    ASSERT_TRUE(ParseTruth(text, &value)) << text;
    EXPECT_TRUE(value) << text;
  }
  for (const char* text : {"false", "False", "no", "0"}) {
    ASSERT_TRUE(ParseTruth(text, &value)) << text;
    EXPECT_FALSE(value) << text;
  }
  for (const char* text : {"", "2", "y", "t", "on", "truer"}) {
    EXPECT_FALSE(ParseTruth(text, &value)) << text;
  }
}

TEST(ParseNumber, TakesFiniteDecimals) {
  double value = 0;
  ASSERT_TRUE(ParseNumber("4.5", &value));
  EXPECT_EQ(value, 4.5);
  for (const char* text : {"", "nan", "inf", "1e999", "4.5 ", "4,5", "x"}) {
    EXPECT_FALSE(ParseNumber(text, &value)) << text;
  }
}

TEST(ParseInteger, TakesWholeNumbers) {
  int64_t value = 0;
  ASSERT_TRUE(ParseInteger("-7", &value));
  EXPECT_EQ(value, -7);
  for (const char* text : {"", "1.5", "x", "9223372036854775808", "1 "}) {
    EXPECT_FALSE(ParseInteger(text, &value)) << text;
  }
}

TEST(ParseParameters, TakesNamesAndValues) {
  google::protobuf::Map<std::string, std::string> parameters;
  const auto text = [&](std::string_view given) {
    return ParseParameters(given, &parameters) ? ParametersText(parameters) : "refused";
  };
  EXPECT_EQ(text("threshold=60s"), "threshold=60s");
  EXPECT_EQ(text("threshold=60s;abandoned_as=ignore"), "abandoned_as=ignore;threshold=60s");
  EXPECT_EQ(text("categories=empathy,clarity"), "categories=empathy,clarity");
  EXPECT_EQ(text("a=b=c"), "a=b=c");
  EXPECT_EQ(text("a="), "a=");
  EXPECT_EQ(text("a=1\\;2\\\\3"), "a=1\\;2\\\\3");
  EXPECT_EQ(parameters.at("a"), "1;2\\3");
  for (const char* wrong : {"", "a", "=b", "a=1;", ";a=1", "a=1;b", "a=1;a=2"}) {
    EXPECT_EQ(text(wrong), "refused") << wrong;
  }
  parameters.clear();
  EXPECT_EQ(ParametersText(parameters), "");
}

TEST(IsText, RefusesNulAndBrokenUtf8) {
  EXPECT_TRUE(IsText(""));
  EXPECT_TRUE(IsText("plain ascii, longer than eight bytes"));
  EXPECT_TRUE(IsText("na\xC3\xAFve \xE2\x82\xAC \xF0\x9F\x98\x80 \xEF\xBF\xBD"));
  EXPECT_FALSE(IsText(std::string_view("a\0b", 3)));
  EXPECT_FALSE(
      IsText(std::string_view("12345\0"
                              "89",
                              8)));
  for (const char* bytes : {"\xFF", "\xC3", "\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80",
                            "\xF4\x90\x80\x80", "\xF0\x80\x80\x80", "\xE2\x82", "12345678\xFF"}) {
    EXPECT_FALSE(IsText(bytes)) << bytes;
  }
}

}  // namespace
}  // namespace kpid::client

#include "server/text.h"

#include <gtest/gtest.h>

#include <string>

namespace kpid::server {
namespace {

TextProblem Problem(std::string_view text) { return FindTextProblem(text, LineBreaks::kRefused); }

TEST(TextTest, TakesAllOfUtf8) {
  EXPECT_EQ(Problem(""), TextProblem::kNone);
  EXPECT_EQ(Problem("plain ASCII ~"), TextProblem::kNone);
  EXPECT_EQ(Problem("\u00a0\u00fc\u07ff"), TextProblem::kNone);
  EXPECT_EQ(Problem("\u0800\ue000\uffff\xed\x9f\xbf"), TextProblem::kNone);
  EXPECT_EQ(Problem("\U00010000\U0010ffff"), TextProblem::kNone);
}

TEST(TextTest, RefusesWhatIsNotUtf8) {
  for (const char* text :
       {"\x80", "\xff", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "a\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3("}) {
    EXPECT_EQ(Problem(text), TextProblem::kInvalidUtf8) << testing::PrintToString(text);
  }
}

TEST(TextTest, RefusesControlCharacters) {
  EXPECT_EQ(Problem(std::string("a\0b", 3)), TextProblem::kControlCharacter);
  for (const char* text : {"\x01", "a\n", "\t", "\x1f", "\x7f", "\u0080", "\u009f"}) {
    EXPECT_EQ(Problem(text), TextProblem::kControlCharacter) << testing::PrintToString(text);
  }
}

TEST(TextTest, LetsLineBreaksPassWhereAllowed) {
  EXPECT_EQ(FindTextProblem("a\r\n\tb", LineBreaks::kAllowed), TextProblem::kNone);
  EXPECT_EQ(FindTextProblem("a\x0b", LineBreaks::kAllowed), TextProblem::kControlCharacter);
}

TEST(TextTest, CutsBetweenCharacters) {
  EXPECT_EQ(CutText("abc", 3), "abc");
  EXPECT_EQ(CutText("abc", 2), "ab");
  EXPECT_EQ(CutText("a\u00e9", 2), "a");
  EXPECT_EQ(CutText("a\U0001f600", 4), "a");
  EXPECT_EQ(CutText("\U0001f600", 3), "");
}

TEST(TextTest, KnowsNames) {
  EXPECT_TRUE(IsName("team", false));
  EXPECT_TRUE(IsName("a-1_b", false));
  EXPECT_TRUE(IsName("a.b", true));
  EXPECT_FALSE(IsName("a.b", false));
  EXPECT_FALSE(IsName("", false));
  EXPECT_FALSE(IsName("1a", false));
  EXPECT_FALSE(IsName("Team", false));
  EXPECT_FALSE(IsName("te am", false));
  EXPECT_TRUE(IsName(std::string(64, 'a'), false));
  EXPECT_FALSE(IsName(std::string(65, 'a'), false));
}

}  // namespace
}  // namespace kpid::server

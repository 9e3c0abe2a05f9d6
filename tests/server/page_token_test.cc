#include "server/page_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kpid::server {
namespace {

using testing::ElementsAre;
using testing::Optional;

const std::vector<std::string> kArguments = {"memberships", "anna", ""};
const std::vector<std::string> kPosition = {"anna", std::string("\xff\0/", 3), "-5"};

TEST(PageTokenTest, ComesBackAsItWent) {
  const std::string token = MakePageToken(kArguments, kPosition);
  EXPECT_THAT(token, testing::MatchesRegex("[A-Za-z0-9_-]+"));
  EXPECT_THAT(ReadPageToken(token, kArguments, 3), Optional(kPosition));
}

TEST(PageTokenTest, LongIdsFit) {
  const std::vector<std::string> position(3, std::string(128, 'x'));
  const std::string token = MakePageToken(kArguments, position);
  EXPECT_LE(token.size(), kPageTokenBytesMax);
  EXPECT_THAT(ReadPageToken(token, kArguments, 3), Optional(position));
}

TEST(PageTokenTest, BelongsToItsArguments) {
  const std::string token = MakePageToken(kArguments, kPosition);
  EXPECT_EQ(ReadPageToken(token, std::vector<std::string>{"memberships", "bo", ""}, 3),
            std::nullopt);
  EXPECT_EQ(ReadPageToken(token, std::vector<std::string>{"memberships", "ann", "a"}, 3),
            std::nullopt);
  EXPECT_EQ(ReadPageToken(token, std::vector<std::string>{"agents"}, 3), std::nullopt);
  EXPECT_EQ(ReadPageToken(token, kArguments, 1), std::nullopt);
}

TEST(PageTokenTest, EveryDamageIsNoticed) {
  const std::string token = MakePageToken(kArguments, kPosition);
  for (size_t i = 0; i < token.size(); ++i) {
    std::string damaged = token;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    const auto read = ReadPageToken(damaged, kArguments, 3);
    // The last character may hold bits that are no part of the data.
    if (i + 1 < token.size()) {
      EXPECT_EQ(read, std::nullopt) << i;
    }
    EXPECT_EQ(ReadPageToken(token.substr(0, i), kArguments, 3), std::nullopt) << i;
  }
  EXPECT_EQ(ReadPageToken("2", kArguments, 3), std::nullopt);
  EXPECT_EQ(ReadPageToken("not base64!", kArguments, 3), std::nullopt);
  EXPECT_EQ(ReadPageToken(std::string(5'000, 'A'), kArguments, 3), std::nullopt);
  EXPECT_EQ(ReadPageToken(token + token, kArguments, 3), std::nullopt);
}

TEST(PageTokenTest, IsTheSameInEveryProcess) {
  EXPECT_EQ(MakePageToken(std::vector<std::string>{"agents"}, std::vector<std::string>{"anna"}),
            "AZ2lV3OD4qn4BABhbm5h");
}

}  // namespace
}  // namespace kpid::server

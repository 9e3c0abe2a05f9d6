#include "server/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <set>

#include "server/join_text.h"

namespace kpid::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ConfigurationTest : public testing::Test {
 protected:
  ~ConfigurationTest() override {
    for (const std::string& path : paths_) std::remove(path.c_str());
  }

  std::string File(const std::string& text) {
    std::string path = testing::TempDir() + "kpid_configuration_XXXXXX";
    const int descriptor = mkstemp(path.data());
    EXPECT_GE(descriptor, 0);
    close(descriptor);
    std::ofstream(path) << text;
    paths_.push_back(path);
    return path;
  }

  static std::string Message(const absl::StatusOr<LoadedConfiguration>& loaded) {
    return loaded.ok() ? "" : std::string(loaded.status().message());
  }

 private:
  std::vector<std::string> paths_;
};

TEST_F(ConfigurationTest, DefaultsAreValid) {
  const auto loaded = LoadConfiguration({}, {}, "");
  ASSERT_TRUE(loaded.ok()) << Message(loaded);
  EXPECT_EQ(loaded->configuration.listen, "127.0.0.1:50051");
  EXPECT_TRUE(loaded->sources.empty());
}

TEST_F(ConfigurationTest, FlagBeatsEnvironmentBeatsFileBeatsDefault) {
  const std::string file = File(
      "listen = \"file:1\"\nstreams = 11\nquery_calls = 12\nslow_call = \"1.5s\"\n"
      "reflection = false\n");
  const auto loaded = LoadConfiguration(
      {{"listen", "flag:1"}}, {"KPID_LISTEN=environment:1", "KPID_STREAMS=21", "PATH=/bin"}, file);
  ASSERT_TRUE(loaded.ok()) << Message(loaded);
  EXPECT_EQ(loaded->configuration.listen, "flag:1");
  EXPECT_EQ(loaded->configuration.streams, 21);
  EXPECT_EQ(loaded->configuration.query_calls, 12);
  EXPECT_EQ(loaded->configuration.slow_call, milliseconds(1'500));
  EXPECT_FALSE(loaded->configuration.reflection);
  EXPECT_EQ(loaded->configuration.roster_calls, 4);
  EXPECT_EQ(loaded->sources.at("listen"), Source::kFlag);
  EXPECT_EQ(loaded->sources.at("streams"), Source::kEnvironment);
  EXPECT_EQ(loaded->sources.at("query_calls"), Source::kFile);
  EXPECT_FALSE(loaded->sources.contains("roster_calls"));
}

TEST_F(ConfigurationTest, TheEnvironmentCanNameTheFile) {
  const std::string file = File("streams = 11\n");
  const auto loaded = LoadConfiguration({}, {"KPID_CONFIG=" + file}, "");
  ASSERT_TRUE(loaded.ok()) << Message(loaded);
  EXPECT_EQ(loaded->configuration.streams, 11);
  const auto other = LoadConfiguration({}, {"KPID_CONFIG=" + file}, File("streams = 12\n"));
  EXPECT_EQ(other->configuration.streams, 12);
}

TEST_F(ConfigurationTest, UnknownNamesAreErrors) {
  EXPECT_THAT(Message(LoadConfiguration({}, {}, File("streams = 1\nstreems = 2\n"))),
              AllOf(HasSubstr(":2: streems"), HasSubstr("not a setting")));
  EXPECT_THAT(Message(LoadConfiguration({}, {}, File("[server]\nlisten = \"x\"\n"))),
              HasSubstr("server is not a setting"));
  EXPECT_THAT(Message(LoadConfiguration({}, {"KPID_STREEMS=1"}, "")),
              HasSubstr("KPID_STREEMS is not a setting"));
  EXPECT_THAT(Message(LoadConfiguration({}, {"KPID_streams=1"}, "")),
              HasSubstr("KPID_streams is not a setting"));
  EXPECT_THAT(Message(LoadConfiguration({{"streems", "1"}}, {}, "")),
              HasSubstr("streems is not a setting"));
}

TEST_F(ConfigurationTest, OtherVariablesAreLeftAlone) {
  const auto loaded = LoadConfiguration(
      {},
      {"KPID_SERVER=x", "KPID_ZONE=UTC", "KPID_SERVICE_HOST=10.0.0.1",
       "KPID_PORT=tcp://10.0.0.1:50051", "KPID_PORT_50051_TCP_ADDR=10.0.0.1", "KPIDX=1"},
      "");
  EXPECT_TRUE(loaded.ok()) << Message(loaded);
}

TEST_F(ConfigurationTest, WrongValuesAreNamedWithTheirSource) {
  EXPECT_THAT(Message(LoadConfiguration({{"streams", "many"}}, {}, "")),
              AllOf(HasSubstr("streams = many (flag)"), HasSubstr("must be a number")));
  EXPECT_THAT(Message(LoadConfiguration({}, {"KPID_SLOW_CALL=soon"}, "")),
              AllOf(HasSubstr("slow_call = soon (environment)"), HasSubstr("duration")));
  EXPECT_THAT(Message(LoadConfiguration({}, {}, File("reflection = \"maybe\"\n"))),
              HasSubstr("reflection = maybe (file) must be true or false"));
  EXPECT_THAT(Message(LoadConfiguration({}, {}, File("streams = [1]\n"))),
              HasSubstr("streams must be text, a number, true or false"));
  EXPECT_THAT(Message(LoadConfiguration({}, {}, File("streams = = 1\n"))),
              HasSubstr("is not TOML"));
  EXPECT_EQ(LoadConfiguration({}, {}, "/nowhere/kpid.toml").status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(ConfigurationTest, SizesHaveUnits) {
  const auto loaded = LoadConfiguration(
      {{"receive_bytes_max", "4MiB"}, {"send_bytes_max", "65536"}, {"memory_max", "1GiB"}}, {}, "");
  ASSERT_TRUE(loaded.ok()) << Message(loaded);
  EXPECT_EQ(loaded->configuration.receive_bytes_max, 4 << 20);
  EXPECT_EQ(loaded->configuration.send_bytes_max, 65'536);
  EXPECT_EQ(loaded->configuration.memory_max, 1 << 30);
  EXPECT_FALSE(LoadConfiguration({{"memory_max", "9999999999GiB"}}, {}, "").ok());
  EXPECT_FALSE(LoadConfiguration({{"memory_max", "-1"}}, {}, "").ok());
}

TEST_F(ConfigurationTest, EveryProblemIsListed) {
  Configuration configuration;
  configuration.listen = "";
  configuration.log_level = "loud";
  configuration.log_format = "xml";
  configuration.streams = 0;
  configuration.connections_per_query = 9;
  configuration.threads = 10;
  configuration.deadline_max = std::chrono::hours(2);
  configuration.health_interval = milliseconds(0);
  configuration.resident_days = 100'000;
  configuration.feed_poll_interval = milliseconds(2'000);
  const std::string message(StdView(configuration.Validate().message()));
  for (const char* name : {"listen", "log_level", "log_format", "streams", "connections_per_query",
                           "threads", "deadline_max", "health_interval", "resident_days",
                           "feed_poll_interval must be at most 1s"}) {
    EXPECT_THAT(message, HasSubstr(name));
  }
}

TEST_F(ConfigurationTest, EverySettingTakesItsOwnText) {
  const Configuration defaults;
  std::set<std::string_view> names;
  for (const Setting& setting : Settings()) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
    const std::string text = setting.get(defaults);
    if (text.empty() && setting.name == "drain_delay") continue;  // None.
    Configuration configuration;
    EXPECT_TRUE(setting.set(text, &configuration).ok()) << setting.name;
    EXPECT_EQ(setting.get(configuration), text) << setting.name;
    EXPECT_FALSE(setting.description.empty());
  }
  EXPECT_EQ(Settings()[0].FlagName(), "--listen");
}

TEST_F(ConfigurationTest, TheOutputIsAValidFile) {
  const auto loaded = LoadConfiguration({{"slow_call", "2s"}, {"data_dir", "a \"b\" \\c"}}, {}, "");
  ASSERT_TRUE(loaded.ok());
  const std::string text = ConfigurationText(*loaded);
  EXPECT_THAT(text, HasSubstr("slow_call = \"2s\"  # flag"));
  EXPECT_THAT(text, HasSubstr("streams = 64  # default"));
  const auto again = LoadConfiguration({}, {}, File(text));
  ASSERT_TRUE(again.ok()) << Message(again);
  for (const Setting& setting : Settings()) {
    EXPECT_EQ(setting.get(again->configuration), setting.get(loaded->configuration))
        << setting.name;
  }
}

TEST_F(ConfigurationTest, SecretsAreMasked) {
  for (const char* url :
       {"postgresql://me:hush@db:5433/kpid?sslmode=require", "host=db user=me password=hush",
        "host=db password='hu sh' sslpassword=hush", "postgres://db/kpid?password=hush",
        "postgresql://me:hush@db:not-a-port-%zz"}) {
    EXPECT_THAT(MaskDatabaseUrl(url), Not(HasSubstr("hu"))) << url;
    const auto loaded = LoadConfiguration({{"database_url", url}}, {}, "");
    ASSERT_TRUE(loaded.ok());
    EXPECT_THAT(ConfigurationText(*loaded), Not(HasSubstr("hush"))) << url;
  }
  EXPECT_THAT(MaskDatabaseUrl("postgresql://me:hush@db:5433/kpid"),
              AllOf(HasSubstr("host=db"), HasSubstr("port=5433"), HasSubstr("dbname=kpid"),
                    HasSubstr("user=me"), HasSubstr("password=***")));
  EXPECT_EQ(MaskDatabaseUrl(""), "");
}

TEST_F(ConfigurationTest, TheUrlCanComeFromAFile) {
  const std::string secret = File("  postgresql://me:hush@db/kpid\n");
  const auto loaded = LoadConfiguration({{"database_url_file", secret}}, {}, "");
  ASSERT_TRUE(loaded.ok()) << Message(loaded);
  EXPECT_EQ(loaded->configuration.database_url, "postgresql://me:hush@db/kpid");
  EXPECT_THAT(
      Message(LoadConfiguration({{"database_url_file", secret}, {"database_url", "x"}}, {}, "")),
      HasSubstr("both"));
  EXPECT_FALSE(LoadConfiguration({{"database_url_file", "/nowhere"}}, {}, "").ok());
  EXPECT_FALSE(LoadConfiguration({{"database_url_file", File("\n")}}, {}, "").ok());
}

TEST_F(ConfigurationTest, OnlyNetworksNeedADrainDelay) {
  Configuration configuration;
  for (const char* listen : {"127.0.0.1:1", "localhost:1", "[::1]:1", "unix:/tmp/x"}) {
    configuration.listen = listen;
    EXPECT_EQ(configuration.DrainDelay(), milliseconds(0)) << listen;
  }
  for (const char* listen : {"0.0.0.0:1", "[::]:1", "10.1.2.3:1", "kpid.example:1"}) {
    configuration.listen = listen;
    EXPECT_EQ(configuration.DrainDelay(), milliseconds(5'000)) << listen;
  }
  configuration.drain_delay = milliseconds(7);
  EXPECT_EQ(configuration.DrainDelay(), milliseconds(7));
}

}  // namespace
}  // namespace kpid::server

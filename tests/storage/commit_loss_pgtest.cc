// The connection is lost after COMMIT reached PostgreSQL and before its answer came back: the
// batch is sent again until it is known, and has one effect.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <list>
#include <string>
#include <thread>

#include "storage/record_store.h"
#include "tests/storage/record_builders.h"
#include "tests/support/test_database.h"

namespace kpid::storage {
namespace {

using test_support::TemporaryDirectory;
using test_support::TestDatabase;

sockaddr_un AddressOf(const std::string& directory) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = directory + "/.s.PGSQL.5432";
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

// Passes everything between clients and a server, except that, when armed, it cuts the
// connection on which the next COMMIT was answered, keeping the answer to itself.
class Proxy {
 public:
  Proxy(const std::string& directory, std::string server_directory)
      : server_directory_(std::move(server_directory)) {
    const sockaddr_un address = AddressOf(directory);
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    acceptor_ = std::thread([this] { Accept(); });
  }

  ~Proxy() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (std::thread& thread : connections_) thread.join();
    close(listener_);
  }

  void Arm() { armed_ = true; }
  int cut_count() const { return cut_count_; }

 private:
  void Accept() {
    for (;;) {
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      connections_.emplace_back([this, client] { Serve(client); });
    }
  }

  void Serve(int client) {
    const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un address = AddressOf(server_directory_);
    EXPECT_EQ(connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    bool doomed = false;
    for (bool open = true; open;) {
      std::array<pollfd, 2> ends{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
      poll(ends.data(), ends.size(), -1);
      if (ends[0].revents != 0) {
        std::string passed;
        open = Pass(client, server, &passed);
        if (passed.find(std::string("COMMIT\0", 7)) != std::string::npos) {
          doomed = doomed || armed_.exchange(false);
        }
      } else if (doomed) {
        std::array<char, 4096> answer;
        EXPECT_GT(read(server, answer.data(), answer.size()), 0);
        ++cut_count_;
        open = false;
      } else {
        std::string passed;
        open = Pass(server, client, &passed);
      }
    }
    close(client);
    close(server);
  }

  static bool Pass(int from, int to, std::string* passed) {
    std::array<char, 65'536> buffer;
    const ssize_t count = read(from, buffer.data(), buffer.size());
    if (count <= 0) return false;
    passed->assign(buffer.data(), static_cast<size_t>(count));
    for (ssize_t sent = 0; sent < count;) {
      const ssize_t part =
          send(to, buffer.data() + sent, static_cast<size_t>(count - sent), MSG_NOSIGNAL);
      if (part <= 0) return false;
      sent += part;
    }
    return true;
  }

  const std::string server_directory_;
  int listener_ = -1;
  std::atomic<bool> armed_{false};
  std::atomic<int> cut_count_{0};
  std::thread acceptor_;
  std::list<std::thread> connections_;
};

TEST(CommitLossTest, BatchIsSentAgainUntilItIsKnown) {
  TestDatabase database;
  TemporaryDirectory directory;
  Proxy proxy(directory.path(), database.Value("SHOW unix_socket_directories"));
  DatabaseOptions options;
  options.url = "host=" + directory.path() + " user=kpid dbname=" + database.name();
  const auto open = Database::Open(options);
  ASSERT_TRUE(open.ok()) << open.status();
  RecordStore store(open->get());
  InteractionRecord record = MakeInteraction("first");
  ASSERT_TRUE(store.Ingest({{record}, {}}, {}).ok());

  for (int i = 0; i < 20; ++i) {
    record = MakeInteraction("i" + std::to_string(i));
    proxy.Arm();
    const auto outcome = store.Ingest({{record}, {}}, {});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    // What the second sending found.
    EXPECT_EQ(outcome->inserted, 0);
    EXPECT_EQ(outcome->unchanged, 1);
    EXPECT_EQ(proxy.cut_count(), i + 1);
  }
  EXPECT_EQ(database.Value("SELECT count(*) FROM kpid.interactions"), "21");
}

}  // namespace
}  // namespace kpid::storage

// Two processes that speak by CAF's network.
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/test_ca.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace troupe::test {
namespace {

using namespace std::chrono_literals;

class CafNodeTest : public testing::Test {
protected:
  /// Starts the server, and waits for its port.
  void serve() {
    server.emplace(
      std::vector<std::string>{TROUPE_EXAMPLES "/10_caf_node_server"}, options);
    ASSERT_TRUE(server->wait_for_output("\n")) << server->err();
    port = server->out();
    port.pop_back();
  }

  /// @param seconds The limit of its requests.
  std::unique_ptr<process> client(int deposits, int seconds = 1) {
    return std::make_unique<process>(
      std::vector<std::string>{TROUPE_EXAMPLES "/10_caf_node_client", port,
                               std::to_string(deposits),
                               std::to_string(seconds)},
      options);
  }

  /// The client fails soon after the server got that signal, though its
  /// requests have time.
  void expect_noticed(int signal, std::chrono::seconds within) {
    auto user = client(1000, 60);
    ASSERT_TRUE(user->wait_for_output("balance: 200"));
    server->signal(signal);
    auto sent = std::chrono::steady_clock::now();
    EXPECT_EQ(user->wait().code, 1);
    EXPECT_LT(std::chrono::steady_clock::now() - sent, within);
    EXPECT_THAT(user->err(), testing::HasSubstr("error: "));
    EXPECT_THAT(user->err(), testing::Not(testing::HasSubstr("timed_out")));
  }

  /// The server closes the connection of a client that is stopped.
  void expect_dropped() {
    auto before = open_files();
    auto user = client(1000, 60);
    ASSERT_TRUE(user->wait_for_output("balance: 200"));
    ASSERT_GT(open_files(), before);
    user->signal(SIGSTOP);
    auto end = std::chrono::steady_clock::now() + 5s;
    while (open_files() != before && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(10ms);
    EXPECT_EQ(open_files(), before);
  }

  /// Of the server.
  std::ptrdiff_t open_files() const {
    std::filesystem::directory_iterator all{
      "/proc/" + std::to_string(server->pid()) + "/fd"};
    return std::distance(begin(all), end(all));
  }

  void use_tls() {
    authority.emplace(folder.path());
    authority->issue("node", {});
    options.env("BANK_TLS", folder.path().string());
  }

  temp_dir folder;
  std::optional<test_ca> authority;
  process_options options;
  std::optional<process> server;
  std::string port;
};

TEST_F(CafNodeTest, AClientUsesAnActorOfTheServer) {
  serve();
  auto user = client(3);
  EXPECT_TRUE(user->wait().ok()) << user->err();
  EXPECT_EQ(user->out(), "balance: 100\nbalance: 200\nbalance: 300\n");
}

TEST_F(CafNodeTest, TheServerEndsCleanlyWhenItIsInterrupted) {
  serve();
  EXPECT_TRUE(client(1)->wait().ok());
  server->signal(SIGINT);
  EXPECT_TRUE(server->wait().ok());
}

TEST_F(CafNodeTest, AClientHearsWithinTwoSecondsThatTheServerWasKilled) {
  serve();
  expect_noticed(SIGKILL, 2s);
}

TEST_F(CafNodeTest, AClientWithTlsHearsThatTheServerWasKilled) {
  use_tls();
  serve();
  expect_noticed(SIGKILL, 2s);
}

// Its connections stay open: only heartbeats are missing, for a second.
TEST_F(CafNodeTest, AClientHearsThatTheServerHangs) {
  serve();
  expect_noticed(SIGSTOP, 5s);
}

TEST_F(CafNodeTest, AClientWithTlsHearsThatTheServerHangs) {
  use_tls();
  serve();
  expect_noticed(SIGSTOP, 5s);
}

TEST_F(CafNodeTest, AServerDropsAClientThatHangs) {
  serve();
  expect_dropped();
}

TEST_F(CafNodeTest, AServerWithTlsDropsAClientThatHangs) {
  use_tls();
  serve();
  expect_dropped();
}

TEST_F(CafNodeTest, ARequestToAServerThatHangsHasItsLimit) {
  serve();
  auto user = client(1000);
  ASSERT_TRUE(user->wait_for_output("balance: 200"));
  server->signal(SIGSTOP);
  EXPECT_EQ(user->wait().code, 1);
}

TEST_F(CafNodeTest, AClientHearsThatNobodyServes) {
  port = "1";
  auto user = client(1);
  EXPECT_EQ(user->wait().code, 1);
  EXPECT_THAT(user->err(), testing::HasSubstr("error: unavailable"));
}

TEST_F(CafNodeTest, PeersWithCertificatesOfOneAuthorityTrustEachOther) {
  use_tls();
  serve();
  auto user = client(2);
  EXPECT_TRUE(user->wait().ok()) << user->err();
  EXPECT_EQ(user->out(), "balance: 100\nbalance: 200\n");
}

TEST_F(CafNodeTest, AServerWithTlsRefusesAClientWithout) {
  use_tls();
  serve();
  options.unset_env("BANK_TLS");
  auto user = client(1);
  EXPECT_EQ(user->wait().code, 1);
  EXPECT_EQ(user->out(), "");
}

TEST_F(CafNodeTest, AServerRefusesACertificateOfAnotherAuthority) {
  use_tls();
  serve();
  temp_dir others;
  test_ca stranger{others.path()};
  stranger.issue("node", {});
  others.write("ca.pem", folder.read("ca.pem")); // so it trusts the server
  options.env("BANK_TLS", others.path().string());
  auto user = client(1);
  EXPECT_EQ(user->wait().code, 1);
  EXPECT_EQ(user->out(), "");
}

} // namespace
} // namespace troupe::test

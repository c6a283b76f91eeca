// What both programs of the example share: the actor's interface, and how the
// two processes are to speak with each other.
#pragma once

#include "bank.pb.h"
#include <troupe/actor.hpp>

#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>

#include <cstdlib>
#include <string>

// Both sides need the same numbers: append only.
TROUPE_MESSAGES(bank, troupe::first_user_type_id, bank::v1::Deposit,
                bank::v1::Balance)

using teller = troupe::actor<bank::v1::Balance(bank::v1::Deposit)>;

/// Whether the processes show each other certificates, which are then in the
/// folder $BANK_TLS: ca.pem, node.pem and node.key.
inline const char* tls_folder() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it meanwhile
  return std::getenv("BANK_TLS");
}

/// CAF's network trusts whoever can connect: loopback only, or mutual TLS with
/// a private authority. A dead peer is noticed by its missing heartbeats.
inline void configure_node(caf::actor_system_config& config) {
  troupe::add_messages<caf::id_block::bank>(config);
  config.load<caf::io::middleman>();
  config.set("middleman.heartbeat-interval", caf::timespan{200'000'000});
  config.set("middleman.connection-timeout", caf::timespan{1'000'000'000});
  if (const auto* folder = tls_folder()) {
    std::string path = folder;
    config.openssl_cafile = path + "/ca.pem";
    config.openssl_certificate = path + "/node.pem";
    config.openssl_key = path + "/node.key";
    config.load<caf::openssl::manager>();
  }
}

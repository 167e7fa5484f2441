// What the connections of one server share, and what one of them knows about its peer.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "http/handler.h"
#include "http/message.h"
#include "http/server.h"
#include "io/event.h"
#include "io/loop.h"

namespace aloft::http::detail {

// A connection that can be asked to end soon.
class Drainable {
 public:
  virtual ~Drainable() = default;
  // Takes no further requests; ends at once when none is in progress.
  virtual void drain() = 0;
};

// Lives on the server's loop and outlives its connections.
struct Service {
  Service(io::Loop& l, Handler& h, ServerSettings s) : loop(l), handler(h), settings(std::move(s)) {}

  // Today's value for the Date field; empty without a clock.
  const std::string& date();

  io::Loop& loop;
  Handler& handler;
  ServerSettings settings;
  bool draining = false;
  std::set<Drainable*> connections;

 private:
  std::int64_t date_second_ = -1;
  std::string date_;
};

// Keeps a connection known to its service.
class Registration {
 public:
  Registration(Service& service, Drainable& connection) : service_(service), connection_(connection) {
    service_.connections.insert(&connection_);
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  ~Registration() { service_.connections.erase(&connection_); }

 private:
  Service& service_;
  Drainable& connection_;
};

struct Peer {
  io::Address address;
  std::optional<PeerCertificate> certificate;
  bool secure = false;
};

// Bodies left over after the answer are read up to here to keep the connection; beyond, it is closed.
constexpr std::size_t drain_limit_bytes = 64 * 1024;
// How long a handler may still work for a peer that has finished sending.
constexpr Duration half_close_grace = 5s;
// Writes are made in slices of this size, so that each one that gets through counts as a sign of life.
constexpr std::size_t write_slice_bytes = 256 * 1024;

}  // namespace aloft::http::detail

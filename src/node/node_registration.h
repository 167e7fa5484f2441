// Keeps the Node object and its lease in the API: registers, reports changes, and beats every two seconds, so
// that the cluster notices within six when this machine is gone.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/time.h"
#include "client/client.h"
#include "io/loop.h"
#include "io/scope.h"
#include "node/node_object.h"
#include "node/runtime.h"

namespace aloft::node {

// Lives on one loop; the references outlive it.
class NodeRegistration {
 public:
  NodeRegistration(io::Loop& loop, const Clock& clock, client::Client& client, Runtime& runtime,
                   NodeFacts facts, std::string disk_path);
  // Resumes when the node is there; goes on in the background until destroyed. Error: what the API said last,
  // after a minute of trying.
  io::Task<Result<>> begin();
  const NodeFacts& facts() const { return facts_; }

 private:
  io::Task<Result<>> register_node();
  io::Task<> beat();
  io::Task<Result<>> renew_lease();
  io::Task<> report();
  io::Task<Result<>> write_status();
  io::Task<> look();

  io::Loop& loop_;
  const Clock& clock_;
  client::Client& client_;
  Runtime& runtime_;
  NodeFacts facts_;
  std::string disk_path_;
  std::string uid_;
  std::optional<core::v1::NodeStatus> written_;
  Time written_at_{};
  bool leased_ = false;  // the lease is there
  io::Scope scope_;
};

}  // namespace aloft::node

// The cloud's own authority and the keys it signs: made at the first start, kept in the data directory,
// renewed before they expire.
#pragma once

#include <string>
#include <vector>

#include "app/data_directory.h"
#include "base/result.h"
#include "base/time.h"
#include "http/tls.h"

namespace aloft::app {

// PEM texts. The private keys are secret.
struct ClusterKeys {
  http::KeyPair authority;
  http::KeyPair server;         // the API's face
  http::KeyPair administrator;  // system:masters, for the kubeconfig
  http::KeyPair agent_client;   // the API towards agents
  http::KeyPair agent_server;   // the agent's face
  std::string service_account_key;
};

// Reads what is there and makes what is missing or about to expire, or what does not cover a name or address
// in `hosts`. Errors name the file.
Result<ClusterKeys> prepare_keys(const DataDirectory& directory, const std::vector<std::string>& hosts,
                                 const std::string& node_name, WallTime now);

// A kubeconfig with everything inline; goes to a file with mode 0600.
std::string make_kubeconfig(const std::string& server_url, const ClusterKeys& keys);

}  // namespace aloft::app

// Tells the API about pods: their status, their events, and that a deleted one is gone.
#pragma once

#include <memory>

#include "client/client.h"
#include "client/recorder.h"
#include "node/pod_services.h"

namespace aloft::node {

// Lives on the client's loop; both references outlive it.
std::unique_ptr<PodReporter> make_pod_reporter(client::Client& client, client::EventRecorder& recorder);

// A strategic merge patch that makes the status of exactly this pod (by uid) what it says; fields that are
// empty are removed, conditions of others stay.
std::string status_patch(const core::v1::Pod& pod, const core::v1::PodStatus& status);

}  // namespace aloft::node

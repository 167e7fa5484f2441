// What controllers ask about pods: whether one is alive, ready, available, where it runs and who may tolerate
// what.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "client/reconcile.h"
#include "model/kinds/core/v1/pod.h"

namespace aloft::controllers {

const model::KindInfo& pod_kind();

const core::v1::PodCondition* find_condition(const core::v1::PodStatus& status, std::string_view type);
// Adds or replaces the condition of that type; the transition time moves only when status changes. False when
// nothing has changed.
bool set_condition(core::v1::PodStatus& status, core::v1::PodCondition condition);

// Its containers have ended for good.
bool is_finished(const core::v1::Pod& pod);
// Neither finished nor being deleted.
bool is_active(const core::v1::Pod& pod);
bool is_ready(const core::v1::Pod& pod);
// Since when; nullopt when it is not ready.
std::optional<WallTime> ready_since(const core::v1::Pod& pod);
// Ready for `min_ready_seconds`.
bool is_available(const core::v1::Pod& pod, std::int32_t min_ready_seconds, WallTime now);

// Groups pods by the node they are bound to; those without one under "".
client::Index by_node_index();
inline constexpr std::string_view by_node = "node";
// Groups pods by each of their labels; value_of_label() names a group.
client::Index by_label_index();
inline constexpr std::string_view by_label = "label";
std::string value_of_label(std::string_view ns, std::string_view key, std::string_view value);

// A change of the status as a whole, under the condition that nobody has written since.
client::Change pod_status_change(const core::v1::Pod& pod);

}  // namespace aloft::controllers

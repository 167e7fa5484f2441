// Revisions are numbered by annotations on the ReplicaSets; `kubectl rollout history` and `undo` read them.
#include "controllers/deployment_revision.h"

#include <charconv>

#include "base/bytes.h"
#include "controllers/deployment_scale.h"
#include "controllers/deployment_status.h"
#include "controllers/generated_name.h"
#include "controllers/owners.h"

namespace aloft::controllers {
namespace {

using apps::v1::Deployment;
using apps::v1::ReplicaSet;
using Annotations = std::map<std::string, std::string>;

// Older revision numbers of one set are kept in an annotation of this length at most.
constexpr std::size_t history_characters = 2000;

// Annotations of a deployment that are not its sets' too.
constexpr std::string_view own_annotations[] = {"kubectl.kubernetes.io/last-applied-configuration",
                                                revision_annotation,
                                                revision_history_annotation,
                                                desired_replicas_annotation,
                                                max_replicas_annotation,
                                                "deprecated.deployment.rollback.to"};

std::optional<std::int64_t> revision_of(const Annotations& annotations) {
  const auto found = annotations.find(std::string(revision_annotation));
  if (found == annotations.end()) return std::nullopt;
  const std::string& text = found->second;
  std::int64_t revision = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), revision);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return revision;
}

std::int64_t newest_revision(const Sets& sets) {
  std::int64_t newest = 0;
  for (const WorkingSet* set : sets)
    newest = std::max(newest, revision_of(set->set.metadata.annotations).value_or(0));
  return newest;
}

void copy_annotations(const Deployment& deployment, ReplicaSet& set) {
  for (const auto& [key, value] : deployment.metadata.annotations) {
    if (std::ranges::find(own_annotations, key) == std::end(own_annotations))
      set.metadata.annotations[key] = value;
  }
}

// A set that becomes current again remembers the revisions it has been.
void remember_revision(Annotations& annotations, const std::string& old) {
  std::string& history = annotations[std::string(revision_history_annotation)];
  if (history.empty()) {
    history = old;
    return;
  }
  while (history.size() + old.size() + 1 > history_characters) {
    const std::size_t comma = history.find(',');
    if (comma == std::string::npos) break;
    history.erase(0, comma + 1);
  }
  history += "," + old;
}

void set_revision(ReplicaSet& set, std::int64_t revision) {
  Annotations& annotations = set.metadata.annotations;
  const auto known = revision_of(annotations);
  if (known && *known >= revision) return;
  if (known) remember_revision(annotations, std::to_string(*known));
  annotations[std::string(revision_annotation)] = std::to_string(revision);
}

void show_revision(Rollout& rollout) {
  const auto& annotations = rollout.newest->set.metadata.annotations;
  const auto found = annotations.find(std::string(revision_annotation));
  if (found != annotations.end()) {
    rollout.deployment.metadata.annotations[std::string(revision_annotation)] = found->second;
  }
}

ReplicaSet set_of(const Deployment& deployment, const std::string& hash) {
  ReplicaSet set;
  set.metadata.name = deployment.metadata.name + "-" + hash;
  set.metadata.namespace_ = deployment.metadata.namespace_;
  set.metadata.ownerReferences.push_back(controller_reference(deployment));
  set.spec.replicas = 0;
  set.spec.minReadySeconds = deployment.spec.minReadySeconds;
  set.spec.selector = deployment.spec.selector;
  set.spec.selector->matchLabels[std::string(template_hash_label)] = hash;
  set.spec.template_ = deployment.spec.template_;
  set.spec.template_.metadata.labels[std::string(template_hash_label)] = hash;
  set.metadata.labels = set.spec.template_.metadata.labels;
  return set;
}

}  // namespace

bool same_template(const core::v1::PodTemplateSpec& a, const core::v1::PodTemplateSpec& b) {
  if (a.spec != b.spec) return false;
  meta::v1::ObjectMeta left = a.metadata;
  meta::v1::ObjectMeta right = b.metadata;
  left.labels.erase(std::string(template_hash_label));
  right.labels.erase(std::string(template_hash_label));
  return left == right;
}

std::string template_hash(const core::v1::PodTemplateSpec& pattern,
                          std::optional<std::int32_t> collision_count) {
  std::string text = model::to_json(pattern);
  if (collision_count) text += fmt::format("#{}", *collision_count);
  const std::uint64_t hash = stable_hash(text);
  return encode_hash(static_cast<std::uint32_t>(hash ^ (hash >> 32)));
}

void sync_revision(Rollout& rollout) {
  const auto current = std::ranges::find_if(rollout.sets, [&](const auto& set) {
    return same_template(set->set.spec.template_, rollout.deployment.spec.template_);
  });
  if (current == rollout.sets.end()) return;
  rollout.newest = current->get();
  ReplicaSet& set = rollout.newest->set;
  copy_annotations(rollout.deployment, set);
  set_revision(set, newest_revision(rollout.old_sets()) + 1);
  set.spec.minReadySeconds = rollout.deployment.spec.minReadySeconds;
  show_revision(rollout);
  if (has_progress_deadline(rollout.deployment) &&
      find_condition(rollout.deployment.status, "Progressing") == nullptr) {
    set_condition(
        rollout.deployment.status,
        make_condition("Progressing", "True", "FoundNewReplicaSet",
                       fmt::format("Found new replica set \"{}\"", set.metadata.name), rollout.now));
  }
}

void create_newest(Rollout& rollout, const client::World& world) {
  if (rollout.newest != nullptr) return;
  const Deployment& deployment = rollout.deployment;
  const std::string hash = template_hash(deployment.spec.template_, deployment.status.collisionCount);
  auto made = std::make_unique<WorkingSet>();
  made->set = set_of(deployment, hash);
  if (world.get<ReplicaSet>(client::ObjectKey(made->set.metadata.namespace_, made->set.metadata.name)) !=
      nullptr) {
    rollout.deployment.status.collisionCount = deployment.status.collisionCount.value_or(0) + 1;
    return;
  }
  const std::int64_t revision = newest_revision(rollout.all_sets()) + 1;
  rollout.newest = made.get();
  rollout.sets.push_back(std::move(made));
  ReplicaSet& set = rollout.newest->set;
  set.spec.replicas = new_set_size(rollout);
  copy_annotations(deployment, set);
  set_revision(set, revision);
  annotate_replicas(set, deployment);
  show_revision(rollout);
  if (has_progress_deadline(deployment)) {
    set_condition(
        rollout.deployment.status,
        make_condition("Progressing", "True", "NewReplicaSetCreated",
                       fmt::format("Created new replica set \"{}\"", set.metadata.name), rollout.now));
  }
}

void clean_up_history(Rollout& rollout) {
  if (!rollout.deployment.spec.revisionHistoryLimit) return;
  Sets old = rollout.old_sets();
  std::erase_if(old, [](const WorkingSet* set) { return set->set.metadata.deletionTimestamp.has_value(); });
  const auto limit = static_cast<std::size_t>(std::max(0, *rollout.deployment.spec.revisionHistoryLimit));
  if (old.size() <= limit) return;
  std::ranges::sort(old, {}, [](const WorkingSet* set) {
    return std::pair(revision_of(set->set.metadata.annotations).value_or(0), age_of(*set));
  });
  old.resize(old.size() - limit);
  for (WorkingSet* set : old) {
    const bool observed = set->set.metadata.generation <= set->set.status.observedGeneration;
    if (set->replicas() == 0 && set->set.status.replicas == 0 && observed) set->removed = true;
  }
}

}  // namespace aloft::controllers

// Binding, eviction and tokens.
#include "api/actions.h"

#include "api/object_text.h"
#include "api/reviews.h"
#include "api/status.h"
#include "model/codec.h"
#include "model/json.h"
#include "model/kinds/all.h"
#include "model/kinds/authentication/v1/token_request.h"
#include "model/kinds/core/v1/binding.h"
#include "model/kinds/core/v1/node.h"
#include "model/kinds/core/v1/pod.h"
#include "model/kinds/core/v1/secret.h"
#include "model/kinds/core/v1/service_account.h"
#include "model/kinds/policy/v1/eviction.h"

namespace aloft::api {
namespace {

using authentication::v1::TokenRequest;
using core::v1::Pod;

constexpr std::int64_t shortest_token_seconds = 600;
constexpr std::int64_t longest_token_seconds = std::int64_t{1} << 32;
constexpr std::int64_t usual_token_seconds = 3600;

constexpr std::string_view created =
    R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201})";

template <class T>
Result<std::shared_ptr<T>> decode_as(std::string_view group, std::string_view version, std::string_view name,
                                     std::string_view body, const WriteOptions& options) {
  const model::KindInfo* kind = model::find_kind(group, version, name);
  TRY(decoded, decode_body(*kind, body, options.format, options.validation));
  return std::static_pointer_cast<T>(decoded.object);
}

Result<> assign(Pod& pod, const core::v1::Binding& binding, WallTime now) {
  const auto refuse = [&](std::string_view why) {
    return fail(conflict("", "pods/binding", pod.metadata.name, why));
  };
  if (!binding.metadata.uid.empty() && binding.metadata.uid != pod.metadata.uid) {
    return refuse(fmt::format("Precondition failed: UID in precondition: {}, UID in object meta: {}",
                              binding.metadata.uid, pod.metadata.uid));
  }
  if (pod.metadata.deletionTimestamp)
    return refuse(fmt::format("pod {} is being deleted, cannot be assigned to a host", pod.metadata.name));
  if (!pod.spec.nodeName.empty()) {
    return refuse(
        fmt::format("pod {} is already assigned to node \"{}\"", pod.metadata.name, pod.spec.nodeName));
  }
  if (!pod.spec.schedulingGates.empty()) {
    return refuse(fmt::format("pod {} has non-empty .spec.schedulingGates", pod.metadata.name));
  }
  pod.spec.nodeName = binding.target.name;
  for (const auto& [key, value] : binding.metadata.annotations) pod.metadata.annotations[key] = value;
  const auto scheduled =
      std::ranges::find(pod.status.conditions, "PodScheduled", &core::v1::PodCondition::type);
  core::v1::PodCondition condition;
  condition.type = "PodScheduled";
  condition.status = "True";
  condition.lastTransitionTime = now;
  if (scheduled == pod.status.conditions.end()) {
    pod.status.conditions.push_back(std::move(condition));
  } else {
    *scheduled = std::move(condition);
  }
  return {};
}

// Whoever looks at the pod while it ends can tell an eviction from a removal.
Result<> mark_evicted(const Resource& pods, Pod& pod, const RemoveOptions& remove, WallTime now) {
  TRY_DO(check_preconditions(pods, pod.metadata, remove));
  core::v1::PodCondition condition;
  condition.type = "DisruptionTarget";
  condition.status = "True";
  condition.reason = "EvictionByEvictionAPI";
  condition.message = "Eviction API: evicting";
  condition.lastTransitionTime = now;
  std::erase_if(pod.status.conditions, [](const auto& each) { return each.type == "DisruptionTarget"; });
  pod.status.conditions.push_back(std::move(condition));
  return {};
}

Error invalid_token_request(const model::FieldErrors& errors, std::string_view name) {
  return invalid_object("authentication.k8s.io", "TokenRequest", name, errors);
}

Result<> check_bound_uid(std::string_view plural, const authentication::v1::BoundObjectReference& bound,
                         const meta::v1::ObjectMeta& found) {
  if (bound.uid.empty() || bound.uid == found.uid) return {};
  return fail(conflict("", plural, bound.name,
                       fmt::format("the UID in the bound object reference ({}) does not match the UID in "
                                   "record. The object might have been "
                                   "deleted and then recreated",
                                   bound.uid)));
}

// What a token is bound to must exist and be what was meant, and a pod must act as the account.
Result<> bind_to_object(const Registry& registry, const TokenRequest& request, ServiceAccountClaims& claims) {
  const auto& bound = *request.spec.boundObjectRef;
  if (bound.kind == "Secret" && bound.apiVersion == "v1") {
    TRY(secret, registry.get_as<core::v1::Secret>(claims.ns, bound.name));
    TRY_DO(check_bound_uid("secrets", bound, secret->metadata));
    claims.secret_name = secret->metadata.name;
    claims.secret_uid = secret->metadata.uid;
    return {};
  }
  if (bound.kind != "Pod" || bound.apiVersion != "v1") {
    return fail(Code::bad_request,
                fmt::format("cannot bind token to object of type {}, Kind={}", bound.apiVersion, bound.kind));
  }
  TRY(pod, registry.get_as<Pod>(claims.ns, bound.name));
  TRY_DO(check_bound_uid("pods", bound, pod->metadata));
  if (pod->spec.serviceAccountName != claims.name) {
    return fail(
        Code::bad_request,
        fmt::format(
            "cannot bind token for serviceaccount \"{}\" to pod running with different serviceaccount name.",
            claims.name));
  }
  claims.pod_name = pod->metadata.name;
  claims.pod_uid = pod->metadata.uid;
  claims.node_name = pod->spec.nodeName;
  if (claims.node_name.empty()) return {};
  // A node that is not there (any more) is known by its name alone.
  const auto node = registry.get_as<core::v1::Node>("", claims.node_name);
  if (node) claims.node_uid = (*node)->metadata.uid;
  return {};
}

}  // namespace

bool Actions::has(const Resource& resource, std::string_view subresource) {
  if (subresource.empty()) return resource.kind->create_only;
  return subresource == "binding" || subresource == "eviction" || subresource == "token";
}

io::Task<Result<ActionAnswer>> Actions::perform(const Resource& resource, std::string ns, std::string name,
                                                std::string body, WriteOptions options) {
  if (options.subresource == "binding")
    co_return co_await bind(std::move(ns), std::move(name), std::move(body), std::move(options));
  if (options.subresource == "eviction")
    co_return co_await evict(std::move(ns), std::move(name), std::move(body), std::move(options));
  if (options.subresource == "token") co_return make_token(ns, name, body, options);
  if (resource.kind->kind == "Binding") {
    auto binding = decode_as<core::v1::Binding>("", "v1", "Binding", body, options);
    if (!binding) co_return std::unexpected<Error>(binding.error());
    co_return co_await bind(std::move(ns), (*binding)->metadata.name, std::move(body), std::move(options));
  }
  co_return review(resource, ns, body, options);
}

io::Task<Result<ActionAnswer>> Actions::bind(std::string ns, std::string name, std::string body,
                                             WriteOptions options) {
  auto binding = decode_as<core::v1::Binding>("", "v1", "Binding", body, options);
  if (!binding) co_return std::unexpected<Error>(binding.error());
  const core::v1::Binding& wanted = **binding;
  if (wanted.metadata.name != name)
    co_return fail(Code::bad_request, "name in URL does not match name in Binding object");
  if (wanted.target.name.empty() ||
      (!wanted.target.kind.empty() && wanted.target.kind != "Node" && wanted.target.kind != "Minion")) {
    model::FieldErrors errors;
    if (wanted.target.name.empty()) errors.required(model::FieldPath("target").child("name"));
    if (!wanted.target.name.empty()) {
      errors.not_supported(model::FieldPath("target").child("kind"), wanted.target.kind, {"Node", "<empty>"});
    }
    co_return fail(invalid_object("", "Binding", name, errors));
  }
  const WallTime now = registry_.clock().wall();
  const Resource& pods = *registry_.resources().of_kind(model::type_info<Pod>());
  std::function<Result<>(void*)> edit = [&wanted, now](void* object) {
    return assign(*static_cast<Pod*>(object), wanted, now);
  };
  options.subresource = "binding";
  auto written = co_await registry_.change(pods, ns, name, std::move(options), std::move(edit));
  if (!written) co_return std::unexpected<Error>(written.error());
  co_return ActionAnswer{201, std::string(created)};
}

io::Task<Result<ActionAnswer>> Actions::evict(std::string ns, std::string name, std::string body,
                                              WriteOptions options) {
  auto eviction = decode_as<policy::v1::Eviction>("policy", "v1", "Eviction", body, options);
  if (!eviction) co_return std::unexpected<Error>(eviction.error());
  if ((*eviction)->metadata.name != name)
    co_return fail(Code::bad_request, "name in URL does not match name in Eviction object");
  RemoveOptions remove;
  remove.user = options.user;
  remove.dry_run = options.dry_run;
  if ((*eviction)->deleteOptions) {
    const meta::v1::DeleteOptions& wanted = *(*eviction)->deleteOptions;
    remove.grace_seconds = wanted.gracePeriodSeconds;
    if (wanted.propagationPolicy) remove.propagation = *wanted.propagationPolicy;
    if (wanted.preconditions) {
      remove.uid = wanted.preconditions->uid;
      remove.resource_version = wanted.preconditions->resourceVersion;
    }
    remove.dry_run = remove.dry_run || !wanted.dryRun.empty();
  }
  const Resource& pods = *registry_.resources().of_kind(model::type_info<Pod>());
  if (!remove.dry_run) {
    const WallTime now = registry_.clock().wall();
    std::function<Result<>(void*)> mark = [&pods, &remove, now](void* object) {
      return mark_evicted(pods, *static_cast<Pod*>(object), remove, now);
    };
    options.subresource = "eviction";
    auto marked = co_await registry_.change(pods, ns, name, std::move(options), std::move(mark));
    if (!marked) co_return std::unexpected<Error>(marked.error());
    // The revision that was asked for has been seen; marking the pod made another.
    remove.resource_version.reset();
  }
  auto removed = co_await registry_.remove(pods, std::move(ns), std::move(name), std::move(remove));
  if (!removed) co_return std::unexpected<Error>(removed.error());
  co_return ActionAnswer{201, std::string(created)};
}

Result<ActionAnswer> Actions::make_token(const std::string& ns, const std::string& name,
                                         const std::string& body, const WriteOptions& options) {
  if (!authentication_.accounts())
    return fail(Code::not_found, "the server has no key for service account tokens");
  TRY(account, registry_.get_as<core::v1::ServiceAccount>(ns, name));
  TRY(request, decode_as<TokenRequest>("authentication.k8s.io", "v1", "TokenRequest", body, options));
  const std::int64_t seconds = request->spec.expirationSeconds.value_or(usual_token_seconds);
  const model::FieldPath spec("spec");
  model::FieldErrors errors;
  if (seconds < shortest_token_seconds) {
    errors.invalid_int(spec.child("expirationSeconds"), seconds,
                       "may not specify a duration less than 10 minutes");
  } else if (seconds > longest_token_seconds) {
    errors.invalid_int(spec.child("expirationSeconds"), seconds,
                       "may not specify a duration larger than 2^32 seconds");
  }
  if (!errors.empty()) return fail(invalid_token_request(errors, request->metadata.name));
  const WallTime now = registry_.clock().wall();
  ServiceAccountClaims claims;
  claims.ns = ns;
  claims.name = name;
  claims.uid = account->metadata.uid;
  claims.audiences = request->spec.audiences;
  if (claims.audiences.empty()) claims.audiences = {std::string(ServiceAccountTokens::issuer)};
  claims.issued_at = now;
  claims.expires_at = now + std::chrono::seconds(seconds);
  claims.id = make_uuid(registry_.random());
  if (request->spec.boundObjectRef) TRY_DO(bind_to_object(registry_, *request, claims));
  TRY(token, authentication_.accounts()->issue(claims));

  request->metadata.name = name;
  request->metadata.namespace_ = ns;
  request->metadata.creationTimestamp = now;
  request->spec.audiences = claims.audiences;
  request->spec.expirationSeconds = seconds;
  request->status.token = std::move(token);
  request->status.expirationTimestamp = claims.expires_at;
  const model::KindInfo& kind = *model::find_kind("authentication.k8s.io", "v1", "TokenRequest");
  return ActionAnswer{201, with_kind(kind, model::to_json(*request))};
}

Result<ActionAnswer> Actions::review(const Resource& resource, const std::string& ns, const std::string& body,
                                     const WriteOptions& options) {
  TRY(decoded, decode_body(*resource.kind, body, options.format, options.validation));
  answer_review(*resource.kind, ns, decoded.object.get(), options.user, authentication_,
                registry_.clock().wall());
  model::Value document = model::encode_value(*resource.kind->type, decoded.object.get());
  return ActionAnswer{201, with_kind(*resource.kind, model::to_json(document))};
}

}  // namespace aloft::api

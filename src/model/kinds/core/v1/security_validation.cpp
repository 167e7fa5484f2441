// Rules for users, groups, profiles and kernel parameters of pods and containers.
#include <functional>
#include <limits>

#include <fmt/format.h>

#include "model/kinds/core/v1/pod_validation.h"
#include "model/kinds/field_checks.h"

namespace aloft::core::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

constexpr std::int64_t id_max = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t sysctl_name_max = 253;
constexpr std::size_t credential_spec_bytes_max = 64 * 1024;

void validate_id(const std::optional<std::int64_t>& id, const FieldPath& path, FieldErrors& errors) {
  if (id) model::expect_range(errors, path, *id, 0, id_max);
}

void validate_seccomp(const model::Box<SeccompProfile>& profile, const FieldPath& path, FieldErrors& errors) {
  if (!profile) return;
  if (profile->type.empty()) {
    errors.required(path.child("type"), "type is required when seccompProfile is set");
  } else {
    model::expect_one_of(errors, path.child("type"), profile->type,
                         {"Localhost", "RuntimeDefault", "Unconfined"});
  }
  const FieldPath local = path.child("localhostProfile");
  if (profile->type == "Localhost") {
    if (!profile->localhostProfile)
      return errors.required(local, "must be set when seccomp type is Localhost");
    model::expect_descending_path(errors, local, *profile->localhostProfile);
  } else if (profile->localhostProfile) {
    errors.invalid_string(local, *profile->localhostProfile,
                          "can only be set when seccomp type is Localhost");
  }
}

void validate_app_armor(const model::Box<AppArmorProfile>& profile, const FieldPath& path,
                        FieldErrors& errors) {
  if (!profile) return;
  const FieldPath local = path.child("localhostProfile");
  const auto& name = profile->localhostProfile;
  if (profile->type == "Localhost") {
    const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    if (!name || name->empty()) {
      errors.required(local, "must be set when AppArmor type is Localhost");
    } else if (is_space(name->front()) || is_space(name->back())) {
      errors.invalid_string(local, *name, "must not be padded with whitespace");
    } else if (name->size() > 4095) {
      errors.too_long(local, *name, 4095);
    }
  } else if (profile->type == "RuntimeDefault" || profile->type == "Unconfined") {
    if (name) errors.invalid_string(local, *name, "can only be set when AppArmor type is Localhost");
  } else if (profile->type.empty()) {
    errors.required(path.child("type"), "type is required when appArmorProfile is set");
  } else {
    errors.not_supported(path.child("type"), profile->type, {"Localhost", "RuntimeDefault", "Unconfined"});
  }
}

void validate_user_name(const std::string& name, const FieldPath& path, FieldErrors& errors) {
  const auto refuse = [&](std::string_view why) { errors.invalid_string(path, name, why); };
  if (name.empty()) return refuse("runAsUserName cannot be an empty string");
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
    return refuse("runAsUserName cannot contain control characters");
  }
  const auto slash = name.find('\\');
  if (slash != std::string::npos && name.find('\\', slash + 1) != std::string::npos) {
    return refuse("runAsUserName cannot contain more than one backslash");
  }
  const std::string domain = slash == std::string::npos ? "" : name.substr(0, slash);
  const std::string user = slash == std::string::npos ? name : name.substr(slash + 1);
  if (domain.size() >= 256) refuse("runAsUserName's Domain length must be under 256 characters");
  if (slash != std::string::npos &&
      (domain.empty() || domain.find_first_of("\\/:*?\"<>|") != std::string::npos)) {
    refuse("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  }
  if (user.empty()) refuse("runAsUserName's User cannot be empty");
  if (user.size() > 104) refuse("runAsUserName's User length must not be longer than 104 characters");
  if (!user.empty() && user.find_first_not_of(". ") == std::string::npos) {
    refuse("runAsUserName's User cannot contain only periods or spaces");
  }
  if (user.find_first_of("\"/\\:;|=,+*?<>@[]") != std::string::npos) {
    refuse("runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]");
  }
}

void validate_windows_options(const model::Box<WindowsSecurityContextOptions>& options, const FieldPath& path,
                              FieldErrors& errors) {
  if (!options) return;
  if (options->gmsaCredentialSpecName) {
    model::expect_dns_subdomain(errors, path.child("gmsaCredentialSpecName"),
                                *options->gmsaCredentialSpecName);
  }
  if (options->gmsaCredentialSpec) {
    const std::string& text = *options->gmsaCredentialSpec;
    const FieldPath at = path.child("gmsaCredentialSpec");
    if (text.empty()) errors.invalid_string(at, text, "gmsaCredentialSpec cannot be an empty string");
    if (text.size() > credential_spec_bytes_max) {
      errors.invalid_string(at, text, "gmsaCredentialSpec size must be under 64 KiB");
    }
  }
  if (options->runAsUserName)
    validate_user_name(*options->runAsUserName, path.child("runAsUserName"), errors);
}

// Segments of [a-z0-9] with - and _ inside, joined by dots or slashes.
bool is_sysctl_name(std::string_view name) {
  if (name.empty() || name.size() > sysctl_name_max) return false;
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  char before = '.';
  for (std::size_t i = 0; i <= name.size(); ++i) {
    const char c = i < name.size() ? name[i] : '.';
    const bool separator = c == '.' || c == '/';
    const bool inner = c == '-' || c == '_';
    if (!separator && !inner && !alphanumeric(c)) return false;
    if ((separator || before == '.' || before == '/') && !alphanumeric(separator ? before : c)) return false;
    before = c;
  }
  return true;
}

// Parameters of a namespace that the pod shares with the node would change the node.
void validate_shared_sysctl(const std::string& name, const PodSpec& spec, const FieldPath& path,
                            FieldErrors& errors) {
  std::string dotted = name;
  std::replace(dotted.begin(), dotted.end(), '/', '.');
  if (spec.hostNetwork && dotted.starts_with("net.")) {
    errors.invalid_string(path, name, "may not be specified when 'hostNetwork' is true");
  }
  const bool ipc = dotted == "kernel.sem" || dotted.starts_with("kernel.shm") ||
                   dotted.starts_with("kernel.msg") || dotted.starts_with("fs.mqueue.");
  if (spec.hostIPC && ipc) errors.invalid_string(path, name, "may not be specified when 'hostIPC' is true");
}

void validate_sysctls(const PodSpec& spec, const FieldPath& path, FieldErrors& errors) {
  std::set<std::string> names;
  const auto& sysctls = spec.securityContext->sysctls;
  for (std::size_t i = 0; i < sysctls.size(); ++i) {
    const FieldPath at = path.index(i);
    const FieldPath name = at.child("name");
    if (sysctls[i].name.empty()) {
      errors.required(name);
    } else if (!is_sysctl_name(sysctls[i].name)) {
      errors.invalid_string(name, sysctls[i].name,
                            "must have at most 253 characters and match regex "
                            "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$");
    } else if (!names.insert(sysctls[i].name).second) {
      errors.duplicate(name, sysctls[i].name);
    }
    validate_shared_sysctl(sysctls[i].name, spec, name, errors);
  }
}

// A user namespace of its own does not go with namespaces of the node.
void validate_host_users(const PodSpec& spec, const FieldPath& path, FieldErrors& errors) {
  if (spec.hostUsers.value_or(true)) return;
  constexpr std::string_view why = "when `hostUsers` is false";
  if (spec.hostNetwork) errors.forbidden(path.child("hostNetwork"), why);
  if (spec.hostPID) errors.forbidden(path.child("hostPID"), why);
  if (spec.hostIPC) errors.forbidden(path.child("hostIPC"), why);
}

void for_each_container(const PodSpec& spec, const FieldPath& path,
                        const std::function<void(const Container&, const FieldPath&)>& visit) {
  const FieldPath init = path.child("initContainers");
  for (std::size_t i = 0; i < spec.initContainers.size(); ++i) visit(spec.initContainers[i], init.index(i));
  const FieldPath containers = path.child("containers");
  for (std::size_t i = 0; i < spec.containers.size(); ++i) visit(spec.containers[i], containers.index(i));
  const FieldPath ephemeral = path.child("ephemeralContainers");
  for (std::size_t i = 0; i < spec.ephemeralContainers.size(); ++i) {
    visit(spec.ephemeralContainers[i].container, ephemeral.index(i));
  }
}

// Windows runs all containers of a pod as processes of the host, or none.
void validate_host_processes(const PodSpec& spec, const FieldPath& path, FieldErrors& errors) {
  std::optional<bool> of_pod;
  if (spec.securityContext && spec.securityContext->windowsOptions) {
    of_pod = spec.securityContext->windowsOptions->hostProcess;
  }
  std::size_t all = 0;
  std::size_t on_host = 0;
  for_each_container(spec, path, [&](const Container& container, const FieldPath& at) {
    ++all;
    std::optional<bool> own;
    if (container.securityContext && container.securityContext->windowsOptions) {
      own = container.securityContext->windowsOptions->hostProcess;
    }
    if (own && of_pod && *own != *of_pod) {
      const FieldPath context = at.child("securityContext");
      const FieldPath options = context.child("windowsOptions");
      errors.invalid(
          options.child("hostProcess"), *own ? "true" : "false",
          fmt::format("pod hostProcess value must be identical if both are specified, was {}", *of_pod));
    }
    if (own.value_or(of_pod.value_or(false))) ++on_host;
  });
  if (on_host == 0) return;
  if (on_host != all) {
    errors.invalid_string(
        path, "",
        "If pod contains any hostProcess containers then all containers must be HostProcess "
        "containers");
  }
  if (!spec.hostNetwork) {
    errors.invalid(path.child("hostNetwork"), "false",
                   "hostNetwork must be true if pod contains any hostProcess containers");
  }
}

void refuse_linux_fields(const PodSpec& spec, const FieldPath& path, FieldErrors& errors) {
  constexpr std::string_view why = "cannot be set for a windows pod";
  const auto refuse = [&](bool present, const FieldPath& at, std::string_view name) {
    if (present) errors.forbidden(at.child(name), why);
  };
  const FieldPath context = path.child("securityContext");
  if (spec.securityContext) {
    const PodSecurityContext& s = *spec.securityContext;
    refuse(s.appArmorProfile.has_value(), context, "appArmorProfile");
    refuse(s.seLinuxOptions.has_value(), context, "seLinuxOptions");
    refuse(s.seccompProfile.has_value(), context, "seccompProfile");
    refuse(s.fsGroup.has_value(), context, "fsGroup");
    refuse(s.fsGroupChangePolicy.has_value(), context, "fsGroupChangePolicy");
    refuse(!s.sysctls.empty(), context, "sysctls");
    refuse(s.runAsUser.has_value(), context, "runAsUser");
    refuse(s.runAsGroup.has_value(), context, "runAsGroup");
    refuse(!s.supplementalGroups.empty(), context, "supplementalGroups");
    refuse(s.supplementalGroupsPolicy.has_value(), context, "supplementalGroupsPolicy");
  }
  refuse(spec.hostUsers.has_value(), path, "hostUsers");
  refuse(spec.hostPID, path, "hostPID");
  refuse(spec.hostIPC, path, "hostIPC");
  refuse(spec.shareProcessNamespace.has_value(), path, "shareProcessNamespace");
  for_each_container(spec, path, [&](const Container& container, const FieldPath& at) {
    if (!container.securityContext) return;
    const SecurityContext& s = *container.securityContext;
    const FieldPath own = at.child("securityContext");
    refuse(s.appArmorProfile.has_value(), own, "appArmorProfile");
    refuse(s.seLinuxOptions.has_value(), own, "seLinuxOptions");
    refuse(s.seccompProfile.has_value(), own, "seccompProfile");
    refuse(s.capabilities.has_value(), own, "capabilities");
    refuse(s.readOnlyRootFilesystem.has_value(), own, "readOnlyRootFilesystem");
    refuse(s.privileged.has_value(), own, "privileged");
    refuse(s.allowPrivilegeEscalation.has_value(), own, "allowPrivilegeEscalation");
    refuse(s.procMount.has_value(), own, "procMount");
    refuse(s.runAsUser.has_value(), own, "runAsUser");
    refuse(s.runAsGroup.has_value(), own, "runAsGroup");
  });
}

void refuse_windows_fields(const PodSpec& spec, const FieldPath& path, FieldErrors& errors) {
  constexpr std::string_view why = "windows options cannot be set for a linux pod";
  const FieldPath context = path.child("securityContext");
  if (spec.securityContext && spec.securityContext->windowsOptions) {
    errors.forbidden(context.child("windowsOptions"), why);
  }
  for_each_container(spec, path, [&](const Container& container, const FieldPath& at) {
    if (!container.securityContext || !container.securityContext->windowsOptions) return;
    const FieldPath own = at.child("securityContext");
    errors.forbidden(own.child("windowsOptions"), why);
  });
}

}  // namespace

void validate_security_context(const model::Box<SecurityContext>& context, const FieldPath& path,
                               FieldErrors& errors) {
  if (!context) return;
  validate_id(context->runAsUser, path.child("runAsUser"), errors);
  validate_id(context->runAsGroup, path.child("runAsGroup"), errors);
  if (context->procMount) {
    model::expect_one_of(errors, path.child("procMount"), *context->procMount, {"Default", "Unmasked"});
  }
  validate_seccomp(context->seccompProfile, path.child("seccompProfile"), errors);
  if (!context->allowPrivilegeEscalation.value_or(true)) {
    if (context->privileged.value_or(false)) {
      errors.invalid(path, "false",
                     "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
    }
    if (context->capabilities) {
      const auto& added = context->capabilities->add;
      if (std::find(added.begin(), added.end(), "CAP_SYS_ADMIN") != added.end()) {
        errors.invalid(path, "false",
                       "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
      }
    }
  }
  validate_windows_options(context->windowsOptions, path.child("windowsOptions"), errors);
  validate_app_armor(context->appArmorProfile, path.child("appArmorProfile"), errors);
}

void validate_pod_security(const PodSpec& spec, const FieldPath& spec_path, FieldErrors& errors) {
  const FieldPath path = spec_path.child("securityContext");
  validate_host_users(spec, spec_path, errors);
  validate_host_processes(spec, spec_path, errors);
  if (spec.hostPID && spec.shareProcessNamespace.value_or(false)) {
    errors.invalid(path.child("shareProcessNamespace"), "true",
                   "ShareProcessNamespace and HostPID cannot both be enabled");
  }
  if (!spec.securityContext) return;
  const PodSecurityContext& context = *spec.securityContext;
  validate_id(context.fsGroup, path.child("fsGroup"), errors);
  validate_id(context.runAsUser, path.child("runAsUser"), errors);
  validate_id(context.runAsGroup, path.child("runAsGroup"), errors);
  const FieldPath groups = path.child("supplementalGroups");
  for (std::size_t i = 0; i < context.supplementalGroups.size(); ++i) {
    model::expect_range(errors, groups.index(i), context.supplementalGroups[i], 0, id_max);
  }
  validate_sysctls(spec, path.child("sysctls"), errors);
  if (context.fsGroupChangePolicy) {
    model::expect_one_of(errors, path.child("fsGroupChangePolicy"), *context.fsGroupChangePolicy,
                         {"Always", "OnRootMismatch"});
  }
  validate_seccomp(context.seccompProfile, path.child("seccompProfile"), errors);
  validate_windows_options(context.windowsOptions, path.child("windowsOptions"), errors);
  validate_app_armor(context.appArmorProfile, path.child("appArmorProfile"), errors);
  if (context.supplementalGroupsPolicy) {
    model::expect_one_of(errors, path.child("supplementalGroupsPolicy"), *context.supplementalGroupsPolicy,
                         {"Merge", "Strict"});
  }
  if (context.seLinuxChangePolicy) {
    model::expect_one_of(errors, path.child("seLinuxChangePolicy"), *context.seLinuxChangePolicy,
                         {"MountOption", "Recursive"});
  }
}

void validate_operating_system(const PodSpec& spec, const FieldPath& spec_path, FieldErrors& errors) {
  if (!spec.os) return;
  const FieldPath path = spec_path.child("os");
  const std::string& name = spec.os->name;
  if (name.empty()) return errors.required(path.child("name"), "cannot be empty");
  model::expect_one_of(errors, path, name, {"linux", "windows"});
  if (name == "linux") refuse_windows_fields(spec, spec_path, errors);
  if (name == "windows") refuse_linux_fields(spec, spec_path, errors);
}

}  // namespace aloft::core::v1

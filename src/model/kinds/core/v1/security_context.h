// Users, groups, capabilities and confinement of pods and containers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct Capabilities {
  std::vector<std::string> add;
  std::vector<std::string> drop;
  bool operator==(const Capabilities&) const = default;
};

struct SELinuxOptions {
  std::string user;
  std::string role;
  std::string type;
  std::string level;
  bool operator==(const SELinuxOptions&) const = default;
};

struct WindowsSecurityContextOptions {
  std::optional<std::string> gmsaCredentialSpecName;
  std::optional<std::string> gmsaCredentialSpec;
  std::optional<std::string> runAsUserName;
  std::optional<bool> hostProcess;
  bool operator==(const WindowsSecurityContextOptions&) const = default;
};

struct SeccompProfile {
  std::string type;
  std::optional<std::string> localhostProfile;
  bool operator==(const SeccompProfile&) const = default;
};

struct AppArmorProfile {
  std::string type;
  std::optional<std::string> localhostProfile;
  bool operator==(const AppArmorProfile&) const = default;
};

struct SecurityContext {
  model::Box<Capabilities> capabilities;
  std::optional<bool> privileged;
  model::Box<SELinuxOptions> seLinuxOptions;
  model::Box<WindowsSecurityContextOptions> windowsOptions;
  std::optional<std::int64_t> runAsUser;
  std::optional<std::int64_t> runAsGroup;
  std::optional<bool> runAsNonRoot;
  std::optional<bool> readOnlyRootFilesystem;
  std::optional<bool> allowPrivilegeEscalation;
  std::optional<std::string> procMount;
  model::Box<SeccompProfile> seccompProfile;
  model::Box<AppArmorProfile> appArmorProfile;
  bool operator==(const SecurityContext&) const = default;
};

struct Sysctl {
  std::string name;
  std::string value;
  bool operator==(const Sysctl&) const = default;
};

struct PodSecurityContext {
  model::Box<SELinuxOptions> seLinuxOptions;
  model::Box<WindowsSecurityContextOptions> windowsOptions;
  std::optional<std::int64_t> runAsUser;
  std::optional<std::int64_t> runAsGroup;
  std::optional<bool> runAsNonRoot;
  std::vector<std::int64_t> supplementalGroups;
  std::optional<std::string> supplementalGroupsPolicy;
  std::optional<std::int64_t> fsGroup;
  std::vector<Sysctl> sysctls;
  std::optional<std::string> fsGroupChangePolicy;
  model::Box<SeccompProfile> seccompProfile;
  model::Box<AppArmorProfile> appArmorProfile;
  std::optional<std::string> seLinuxChangePolicy;
  bool operator==(const PodSecurityContext&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::Capabilities)
DECLARE_TYPE(core::v1::SELinuxOptions)
DECLARE_TYPE(core::v1::WindowsSecurityContextOptions)
DECLARE_TYPE(core::v1::SeccompProfile)
DECLARE_TYPE(core::v1::AppArmorProfile)
DECLARE_TYPE(core::v1::SecurityContext)
DECLARE_TYPE(core::v1::Sysctl)
DECLARE_TYPE(core::v1::PodSecurityContext)

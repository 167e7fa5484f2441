// A made-up kind that uses everything a table can say, for the tests of the engines.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::sample::v1 {

struct Labels {
  std::string name;
  std::map<std::string, std::string> labels;
  bool operator==(const Labels&) const = default;
};

struct Port {
  std::int32_t containerPort = 0;
  std::string name;
  std::string protocol;
  model::IntOrString target;
  bool operator==(const Port&) const = default;
};

struct FileSource {
  std::string path;
  bool operator==(const FileSource&) const = default;
};

struct Source {
  std::optional<FileSource> file;
  std::optional<std::string> secret;
  bool operator==(const Source&) const = default;
};

struct Disk {
  std::string name;
  Source source;
  bool operator==(const Disk&) const = default;
};

struct Tree {
  std::string name;
  std::vector<Tree> children;
  model::Box<Tree> twin;
  bool operator==(const Tree&) const = default;
};

// Stands for its list in JSON.
struct Words {
  std::vector<std::string> items;
  bool operator==(const Words&) const = default;
};

struct Spec {
  std::optional<std::int32_t> replicas;
  std::vector<Port> ports;
  std::vector<Disk> disks;
  std::string restartPolicy;
  bool default_ = false;
  std::int64_t big = 0;
  double ratio = 0;
  std::vector<std::byte> blob;
  std::map<std::string, std::vector<std::byte>> data;
  std::map<std::string, model::Quantity> limits;
  std::vector<std::string> args;
  std::vector<std::int64_t> groups;
  std::map<std::string, Words> extra;
  Tree tree;
  model::RawJson raw;
  std::optional<model::Timestamp> startTime;
  model::Timestamp created;
  std::optional<model::MicroTimestamp> renewTime;
  std::optional<model::ApiDuration> period;
  std::vector<std::string> must;
  std::optional<bool> flag;
  bool operator==(const Spec&) const = default;
};

struct Thing {
  Labels metadata;
  Spec spec;
  bool operator==(const Thing&) const = default;
};

// A proto3 message, as CRI and OTLP have them.
struct Span {
  std::uint64_t start = 0;
  std::int32_t delta = 0;
  std::uint32_t flags = 0;
  std::vector<std::int32_t> numbers;
  std::vector<double> values;
  std::optional<std::string> choice;
  bool operator==(const Span&) const = default;
};

}  // namespace aloft::sample::v1

DECLARE_TYPE(sample::v1::Labels)
DECLARE_TYPE(sample::v1::Port)
DECLARE_TYPE(sample::v1::FileSource)
DECLARE_TYPE(sample::v1::Source)
DECLARE_TYPE(sample::v1::Disk)
DECLARE_TYPE(sample::v1::Tree)
DECLARE_TYPE(sample::v1::Words)
DECLARE_TYPE(sample::v1::Spec)
DECLARE_TYPE(sample::v1::Thing)
DECLARE_TYPE(sample::v1::Span)

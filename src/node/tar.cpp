// See tar.h. The layout is that of POSIX.1-1988 ustar with pax extended headers (POSIX.1-2001), and on the
// way in also GNU's long names.
#include "node/tar.h"

#include <cstring>

#include <fmt/format.h>

namespace aloft::node {

namespace {

constexpr std::size_t block = 512;
struct FieldSpan {
  std::size_t at;
  std::size_t size;
};
constexpr FieldSpan name_place{0, 100}, mode_place{100, 8}, uid_place{108, 8}, gid_place{116, 8},
    size_place{124, 12}, time_place{136, 12}, sum_place{148, 8}, link_place{157, 100}, magic_place{257, 8},
    prefix_place{345, 155};
constexpr std::size_t type_at = 156;
constexpr std::uint64_t largest_octal = 077777777777;  // what eleven digits hold

void put(std::string& header, FieldSpan place, std::string_view text) {
  text.substr(0, place.size).copy(header.data() + place.at, place.size);
}

void put_number(std::string& header, FieldSpan place, std::uint64_t value) {
  put(header, place, fmt::format("{:0{}o}", value, place.size - 1));
}

unsigned checksum(std::string_view header) {
  unsigned sum = 0;
  for (std::size_t i = 0; i < block; ++i) {
    const bool in_sum = i >= sum_place.at && i < sum_place.at + sum_place.size;
    sum += in_sum ? ' ' : static_cast<unsigned char>(header[i]);
  }
  return sum;
}

struct Header {
  std::string_view path;
  std::string_view link;
  char type = '0';
  int mode = 0644;
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;
  std::uint64_t size = 0;
};

void append_header(std::string& out, const Header& h) {
  std::string header(block, '\0');
  put(header, name_place, h.path);
  put_number(header, mode_place, static_cast<std::uint64_t>(h.mode));
  put_number(header, uid_place, h.uid);
  put_number(header, gid_place, h.gid);
  put_number(header, size_place, h.size);
  put_number(header, time_place, 0);
  header[type_at] = h.type;
  put(header, link_place, h.link);
  put(header, magic_place, std::string_view("ustar\00000", 8));
  put(header, sum_place, fmt::format("{:06o}", checksum(header)));
  header[sum_place.at + 7] = ' ';
  out += header;
}

void append_padded(std::string& out, std::string_view content) {
  out += content;
  out.append((block - content.size() % block) % block, '\0');
}

// "LENGTH key=value\n", where LENGTH counts itself.
std::string pax_record(std::string_view key, std::string_view value) {
  std::size_t length = key.size() + value.size() + 3;
  while (fmt::format("{} {}={}\n", length, key, value).size() != length) {
    length = fmt::format("{} {}={}\n", length, key, value).size();
  }
  return fmt::format("{} {}={}\n", length, key, value);
}

Result<std::uint64_t> read_number(std::string_view header, FieldSpan place, std::size_t offset) {
  const std::string_view field = header.substr(place.at, place.size);
  std::uint64_t value = 0;
  if ((static_cast<unsigned char>(field[0]) & 0x80U) != 0) {  // GNU's binary form for large values
    for (std::size_t i = 1; i < field.size(); ++i) value = value << 8U | static_cast<unsigned char>(field[i]);
    return value;
  }
  for (const char c : field) {
    if (c == ' ' || c == '\0') continue;
    if (c < '0' || c > '7')
      return fail(Code::invalid, fmt::format("tar: offset {}: not a number", offset + place.at));
    value = value * 8 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

std::string text_field(std::string_view header, FieldSpan place) {
  const std::string_view field = header.substr(place.at, place.size);
  return std::string(field.substr(0, field.find('\0')));
}

// What an extended header says about the entry after it.
struct Overrides {
  std::string path;
  std::string link;
};

void read_pax(std::string_view records, Overrides& overrides) {
  while (!records.empty()) {
    const std::size_t space = records.find(' ');
    if (space == std::string_view::npos) return;
    const std::size_t length =
        static_cast<std::size_t>(std::atoll(std::string(records.substr(0, space)).c_str()));
    if (length <= space + 1 || length > records.size()) return;
    std::string_view record = records.substr(space + 1, length - space - 2);
    const std::size_t equals = record.find('=');
    if (equals != std::string_view::npos) {
      const std::string_view key = record.substr(0, equals);
      if (key == "path") overrides.path = record.substr(equals + 1);
      if (key == "linkpath") overrides.link = record.substr(equals + 1);
    }
    records.remove_prefix(length);
  }
}

}  // namespace

std::string write_tar(const std::vector<TarEntry>& entries) {
  std::string out;
  for (const TarEntry& entry : entries) {
    const bool folder = entry.type == TarEntry::Type::folder;
    const bool symlink = entry.type == TarEntry::Type::symlink;
    const std::string path = folder && !entry.path.ends_with('/') ? entry.path + "/" : entry.path;
    std::string records;
    if (path.size() > name_place.size) records += pax_record("path", path);
    if (symlink && entry.content.size() > link_place.size) records += pax_record("linkpath", entry.content);
    if (!folder && !symlink && entry.content.size() > largest_octal) {
      records += pax_record("size", std::to_string(entry.content.size()));
    }
    if (!records.empty()) {
      Header extended;
      extended.path = "PaxHeaders.0/entry";
      extended.type = 'x';
      extended.size = records.size();
      append_header(out, extended);
      append_padded(out, records);
    }
    Header header;
    header.path = path;
    header.mode = entry.mode;
    header.uid = static_cast<std::uint64_t>(entry.uid);
    header.gid = static_cast<std::uint64_t>(entry.gid);
    header.type = folder ? '5' : symlink ? '2' : '0';
    if (symlink) header.link = entry.content;
    if (!folder && !symlink) header.size = entry.content.size();
    append_header(out, header);
    if (!folder && !symlink) append_padded(out, entry.content);
  }
  out.append(2 * block, '\0');
  return out;
}

Result<std::vector<TarView>> read_tar(std::string_view archive) {
  std::vector<TarView> entries;
  Overrides overrides;
  std::size_t offset = 0;
  while (offset + block <= archive.size()) {
    const std::string_view header = archive.substr(offset, block);
    if (header.find_first_not_of('\0') == std::string_view::npos) break;
    TRY(sum, read_number(header, sum_place, offset));
    if (sum != checksum(header))
      return fail(Code::invalid, fmt::format("tar: offset {}: wrong checksum", offset));
    TRY(size, read_number(header, size_place, offset));
    TRY(mode, read_number(header, mode_place, offset));
    const char type = header[type_at];
    const bool has_content = type != '1' && type != '2' && type != '5';
    const std::uint64_t length = has_content ? size : 0;
    if (length > archive.size() - offset - block) {
      return fail(Code::invalid, fmt::format("tar: offset {}: the archive ends inside an entry", offset));
    }
    const std::string_view content = archive.substr(offset + block, static_cast<std::size_t>(length));
    offset += block + (static_cast<std::size_t>(length) + block - 1) / block * block;
    if (type == 'x') {
      read_pax(content, overrides);
      continue;
    }
    if (type == 'L' || type == 'K') {
      (type == 'L' ? overrides.path : overrides.link) = content.substr(0, content.find('\0'));
      continue;
    }
    TarView view;
    view.mode = static_cast<int>(mode & 07777U);
    view.path = text_field(header, name_place);
    if (const std::string prefix = text_field(header, prefix_place);
        !prefix.empty() && header.substr(magic_place.at, 6) == std::string_view("ustar\0", 6)) {
      view.path = prefix + "/" + view.path;
    }
    if (!overrides.path.empty()) view.path = overrides.path;
    if (view.path.starts_with("./")) view.path.erase(0, 2);
    if (type == '0' || type == '\0' || type == '7') {
      view.type = TarEntry::Type::file;
      view.content = content;
    } else if (type == '5') {
      view.type = TarEntry::Type::folder;
      while (view.path.ends_with('/')) view.path.pop_back();
    } else if (type == '2') {
      view.type = TarEntry::Type::symlink;
      const std::string_view link = header.substr(link_place.at, link_place.size);
      view.content = link.substr(0, link.find('\0'));
    } else {
      overrides = {};
      continue;
    }
    overrides = {};
    entries.push_back(std::move(view));
  }
  return entries;
}

}  // namespace aloft::node

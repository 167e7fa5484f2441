// Entries in memory, records for the disk.
#include "telemetry/alerts/manager/notification_log.h"

#include <algorithm>
#include <cstring>

namespace aloft::telemetry::alerts {
namespace {

void put_number(std::string& out, std::uint64_t value) {
  char bytes[8];
  std::memcpy(bytes, &value, 8);
  out.append(bytes, 8);
}
void put_list(std::string& out, const std::vector<std::uint64_t>& list) {
  put_number(out, list.size());
  for (const std::uint64_t value : list) put_number(out, value);
}

class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}
  bool number(std::uint64_t& out) {
    if (rest_.size() < 8) return false;
    std::memcpy(&out, rest_.data(), 8);
    rest_.remove_prefix(8);
    return true;
  }
  bool time(WallTime& out) {
    std::uint64_t value = 0;
    if (!number(value)) return false;
    out.since_epoch = Duration(static_cast<std::int64_t>(value));
    return true;
  }
  bool list(std::vector<std::uint64_t>& out) {
    std::uint64_t count = 0;
    if (!number(count) || count > rest_.size() / 8) return false;
    out.resize(count);
    for (std::uint64_t& value : out) number(value);
    return true;
  }
  bool text(std::string& out) {
    std::uint64_t count = 0;
    if (!number(count) || count > rest_.size()) return false;
    out = std::string(rest_.substr(0, count));
    rest_.remove_prefix(count);
    return true;
  }
  bool notes(Notes& out) {
    std::uint64_t count = 0;
    if (!number(count) || count > rest_.size() / 16) return false;
    for (; count > 0; --count) {
      std::string name;
      std::string value;
      if (!text(name) || !text(value)) return false;
      out.insert_or_assign(std::move(name), std::move(value));
    }
    return true;
  }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out.append(text);
}

// Two letters for the version; records without notes are those of the first one.
std::string record_of(std::string_view key, const NotificationLog::Entry& entry) {
  std::string out = entry.notes.empty() ? "N1" : "N2";
  put_text(out, key);
  put_number(out, static_cast<std::uint64_t>(entry.sent_at.since_epoch.count()));
  put_number(out, static_cast<std::uint64_t>(entry.expires_at.since_epoch.count()));
  put_list(out, entry.firing);
  put_list(out, entry.resolved);
  if (entry.notes.empty()) return out;
  put_number(out, entry.notes.size());
  for (const auto& [name, value] : entry.notes) {
    put_text(out, name);
    put_text(out, value);
  }
  return out;
}

bool is_subset(const std::vector<std::uint64_t>& part, const std::vector<std::uint64_t>& whole) {
  return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

}  // namespace

std::string NotificationLog::key_of(std::string_view group_key, std::string_view receiver) {
  std::string out(receiver);
  out.append(1, '\n').append(group_key);
  return out;
}

const NotificationLog::Entry* NotificationLog::find(std::string_view group_key,
                                                    std::string_view receiver) const {
  const auto found = entries_.find(key_of(group_key, receiver));
  return found != entries_.end() ? &found->second : nullptr;
}

void NotificationLog::put(std::string_view group_key, std::string_view receiver, Entry entry) {
  std::string key = key_of(group_key, receiver);
  if (sink_) sink_(record_of(key, entry));
  entries_.insert_or_assign(std::move(key), std::move(entry));
}

void NotificationLog::collect(WallTime now) {
  std::erase_if(entries_, [now](const auto& item) { return item.second.expires_at <= now; });
}

bool NotificationLog::replay(std::string_view record) {
  const bool with_notes = record.starts_with("N2");
  if (!with_notes && !record.starts_with("N1")) return false;
  Bytes bytes(record.substr(2));
  std::string key;
  Entry entry;
  const bool good = bytes.text(key) && bytes.time(entry.sent_at) && bytes.time(entry.expires_at) &&
                    bytes.list(entry.firing) && bytes.list(entry.resolved) &&
                    (!with_notes || bytes.notes(entry.notes)) && bytes.done();
  if (good) entries_.insert_or_assign(std::move(key), std::move(entry));
  return good;
}

std::vector<std::string> NotificationLog::records() const {
  std::vector<std::string> out;
  out.reserve(entries_.size());
  for (const auto& [key, entry] : entries_) out.push_back(record_of(key, entry));
  return out;
}

std::string_view to_string(NotifyReason reason) {
  switch (reason) {
    case NotifyReason::none:
      return "none";
    case NotifyReason::first:
      return "first notification";
    case NotifyReason::new_alerts:
      return "new alerts added";
    case NotifyReason::new_resolved:
      return "some alerts resolved";
    case NotifyReason::all_resolved:
      return "all alerts resolved";
    case NotifyReason::repeat:
      return "repeat interval elapsed";
  }
  return "unknown";
}

NotifyReason needs_notification(const NotificationLog::Entry* entry, const std::vector<std::uint64_t>& firing,
                                const std::vector<std::uint64_t>& resolved, bool send_resolved,
                                Duration repeat, WallTime now) {
  if (entry == nullptr) return firing.empty() ? NotifyReason::none : NotifyReason::first;
  if (!is_subset(firing, entry->firing))
    return entry->firing.empty() ? NotifyReason::first : NotifyReason::new_alerts;
  // Also for receivers that hear of no resolved alerts, so that the log no longer holds firing ones.
  if (firing.empty()) return entry->firing.empty() ? NotifyReason::none : NotifyReason::all_resolved;
  if (send_resolved && !is_subset(resolved, entry->resolved)) return NotifyReason::new_resolved;
  return entry->sent_at < now - repeat ? NotifyReason::repeat : NotifyReason::none;
}

}  // namespace aloft::telemetry::alerts

// Who owns which field: server-side apply and the bookkeeping of every other write (metadata.managedFields),
// with the rules of sigs.k8s.io/structured-merge-diff and apimachinery's fieldmanager.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/schema.h"
#include "model/value.h"

namespace aloft::model {

// Who writes, how, and when.
struct Writer {
  std::string manager;      // fieldManager, or the first part of the User-Agent
  std::string api_version;  // of the object written: "apps/v1"
  std::string subresource;  // "status", "scale" or empty
  WallTime now;
  // The kind has a status subresource: writes of the object itself do not own status, nor those of status the
  // spec.
  bool status_is_separate = true;
};

// After any create, update or patch but apply: `updated` gets metadata.managedFields that give the writer
// every field it set or changed against `live` (null for a create), and take removed fields from everybody. A
// write that changes nothing changes nothing. A client that sent managedFields: [] or [{}] resets them.
// Malformed managedFields in `updated` are replaced by those of `live`.
void track_update(const Value& live, Value& updated, const Schema& schema, const Writer& writer);

// What the creation of an object gives the writer when nobody owned anything of it, in the form of FieldsV1;
// empty when that is nothing. The same fields as track_update() finds in the object's document, in a fraction
// of the time.
std::string created_fields_text(const TypeInfo& type, const void* object, const Schema& schema,
                                const Writer& writer);

// Server-side apply. `applied` is the configuration; `live` the object as it stands (null: it does not
// exist). Gives the merged object with managedFields, before defaulting. An apply that changes nothing but
// who owns what keeps the time of the manager's entry. Errors: conflict, with one cause (reason
// FieldManagerConflict) per field that another manager owns with another value, in upstream's words;
// bad_request when the configuration sets managedFields; internal (500, as upstream answers) when it does not
// fit the schema: undeclared fields, wrong types, duplicate keys.
Result<Value> apply_configuration(const Value& live, const Value& applied, const Schema& schema,
                                  const Writer& writer, bool force);

// True when two versions of an object differ at most in the times of their managedFields: then the write
// changed nothing, and the older version is the one to keep.
bool same_but_for_field_times(const Value& a, const Value& b);

}  // namespace aloft::model

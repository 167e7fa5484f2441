// Rules that many kinds share, written once over the members that they have.
#pragma once

#include <memory>

#include "api/resource.h"
#include "model/codec.h"
#include "model/kinds/autoscaling/v1/scale.h"
#include "model/type_info.h"

namespace aloft::api {

// Copies by table: the code for a large struct's own copy and comparison would stand in every file that has a
// rule.
template <class Member>
void copy_member(const Member& from, Member& to) {
  model::copy(model::type_info<Member>(), &from, &to);
}

// A client creates without status; the status belongs to controllers and agents.
template <class T>
void drop_status(void* object) {
  static_cast<T*>(object)->status = {};
}
// A write of the object leaves its status alone.
template <class T>
void keep_status(void* next, const void* old) {
  copy_member(static_cast<const T*>(old)->status, static_cast<T*>(next)->status);
}
// A write of the status leaves everything else alone, labels included.
template <class T>
void keep_all_but_status(void* next, const void* old) {
  T& object = *static_cast<T*>(next);
  const T& before = *static_cast<const T*>(old);
  copy_member(before.spec, object.spec);
  object.metadata.labels = before.metadata.labels;
  object.metadata.deletionTimestamp = before.metadata.deletionTimestamp;
}
template <class T>
bool same_spec(const void* a, const void* b) {
  return model::equal(model::type_info<decltype(T::spec)>(), &static_cast<const T*>(a)->spec,
                      &static_cast<const T*>(b)->spec);
}
template <class T>
ObjectSubresource status_subresource() {
  ObjectSubresource sub;
  sub.name = "status";
  sub.keep_the_rest = &keep_all_but_status<T>;
  return sub;
}

// A kind with spec and status whose rules are the usual ones.
template <class T>
void use_spec_and_status(Resource& resource) {
  resource.prepare_create = &drop_status<T>;
  resource.prepare_update = &keep_status<T>;
  resource.spec_equal = &same_spec<T>;
  resource.subresources.push_back(status_subresource<T>());
}

}  // namespace aloft::api

// Structs through a Client: get<core::v1::Pod>(client, key) and so on. The templates only name the type; the
// work is in typed.cpp over the type's table.
#pragma once

#include <string>
#include <vector>

#include "client/client.h"
#include "model/codec.h"
#include "model/kind.h"
#include "model/type_info.h"

namespace aloft::client {

// The collection of a described kind, from the list of kinds (ensure: the type is one).
const model::KindInfo& kind_of(const model::TypeInfo& type);
Resource resource_of(const model::KindInfo& kind);
template <class T>
Resource resource_of() {
  return resource_of(kind_of(model::type_info<T>()));
}

// The object as JSON with kind and apiVersion in front.
std::string encode_object(const model::KindInfo& kind, const void* object);
template <class T>
std::string encode_object(const T& object) {
  return encode_object(kind_of(model::type_info<T>()), &object);
}

template <class T>
Result<T> decode_object(const Result<SharedBytes>& bytes) {
  if (!bytes) return std::unexpected<Error>(bytes.error());
  return model::from_json<T>(bytes->view());
}

template <class T>
io::Task<Result<T>> get(Client& client, ObjectKey key) {
  Resource resource = resource_of<T>();
  auto bytes = co_await client.get(std::move(resource), std::move(key));
  co_return decode_object<T>(bytes);
}
template <class T>
io::Task<Result<T>> create(Client& client, const T& object, WriteOptions options) {
  Resource resource = resource_of<T>();
  ObjectKey key(object.metadata.namespace_, object.metadata.name);
  auto bytes =
      co_await client.create(std::move(resource), std::move(key), encode_object(object), std::move(options));
  co_return decode_object<T>(bytes);
}
template <class T>
io::Task<Result<T>> update(Client& client, const T& object, WriteOptions options) {
  Resource resource = resource_of<T>();
  ObjectKey key(object.metadata.namespace_, object.metadata.name);
  auto bytes =
      co_await client.update(std::move(resource), std::move(key), encode_object(object), std::move(options));
  co_return decode_object<T>(bytes);
}
// Every object, page by page, and the resourceVersion of the list.
template <class T>
struct TypedList {
  std::vector<T> items;
  std::string resource_version;
};
template <class T>
io::Task<Result<TypedList<T>>> list(Client& client, ListOptions options) {
  TypedList<T> all;
  if (options.limit == 0) options.limit = 500;
  for (;;) {
    Resource resource = resource_of<T>();
    auto page = co_await client.list(std::move(resource), options);
    if (!page) co_return std::unexpected<Error>(page.error());
    for (const SharedBytes& item : page->items) {
      auto object = model::from_json<T>(item.view());
      if (!object) co_return std::unexpected<Error>(object.error());
      all.items.push_back(std::move(*object));
    }
    all.resource_version = page->resource_version;
    options.continue_token = page->continue_token;
    if (options.continue_token.empty()) co_return all;
  }
}

}  // namespace aloft::client

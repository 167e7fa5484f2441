// The little of SQLite that the store needs: a connection, prepared statements, errors that name the file.
// Everything else about SQLite stays in the .cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace aloft::store {

class Statement;

// A connection that owns its file alone. One thread at a time. Errors: unavailable, naming the file.
class Database {
 public:
  // Makes the file (mode 0600) when it is missing.
  static Result<std::unique_ptr<Database>> open(const std::string& path);
  // Takes over an open connection.
  Database(std::string path, sqlite3* connection) : path_(std::move(path)), connection_(connection) {}
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // One or more statements without parameters; rows are ignored.
  Result<> run(const std::string& sql);
  // The first column of the first row as a number; 0 when there is none.
  Result<std::int64_t> number(const std::string& sql);
  Result<Statement> prepare(std::string_view sql);
  // Ends a transaction that failed; nothing when there is none.
  void roll_back();
  // What the last call on this connection complained about.
  Error error(int code) const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  sqlite3* connection_;
};

// Outlived by its Database. Parameters count from 1, columns from 0. Bound text is not copied: it must live
// until the statement was run or reset.
class Statement {
 public:
  Statement(Database& database, sqlite3_stmt* statement) : database_(&database), statement_(statement) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, std::string_view bytes);
  // True while there is a row.
  Result<bool> step();
  // Runs a statement that gives no rows and makes it ready for the next time.
  Result<> run();
  void reset();
  std::int64_t number(int column) const;
  // Valid until the next step().
  std::string_view bytes(int column) const;

 private:
  Database* database_;
  sqlite3_stmt* statement_;
};

}  // namespace aloft::store

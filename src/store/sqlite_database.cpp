// The only file that calls SQLite. Every error is told in words that name the database file.
#include "store/sqlite_database.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace aloft::store {
namespace {

// Creates the file so that it is private from the first moment and survives a power loss.
Result<> make_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    if (errno == EEXIST) return {};
    return fail(Code::unavailable, fmt::format("{}: {}", path, std::strerror(errno)));
  }
  ::close(fd);
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int folder_fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_fd >= 0) {
    ::fsync(folder_fd);
    ::close(folder_fd);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const std::string& path) {
  TRY_DO(make_file(path));
  sqlite3* connection = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  auto database = std::make_unique<Database>(path, connection);
  if (code != SQLITE_OK) return fail(database->error(code));
  sqlite3_extended_result_codes(connection, 1);
  return database;
}

Database::~Database() { sqlite3_close(connection_); }

Error Database::error(int code) const {
  const auto say = [this](std::string_view what) {
    return Error(Code::unavailable, fmt::format("{}: {}", path_, what));
  };
  const int system = sqlite3_system_errno(connection_);
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return say("in use by another process");
    case SQLITE_NOTADB:
      return say("not a database");
    case SQLITE_CORRUPT:
      return say("the database is damaged; restore it from a backup");
    case SQLITE_FULL:
      return say("no space left for the database");
    case SQLITE_IOERR:
      if (system != 0) return say(fmt::format("{}: {}", sqlite3_errstr(code), std::strerror(system)));
      return say(sqlite3_errstr(code));
    default:
      return say(sqlite3_errmsg(connection_));
  }
}

Result<> Database::run(const std::string& sql) {
  const int code = sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error(code));
  return {};
}

Result<std::int64_t> Database::number(const std::string& sql) {
  TRY(statement, prepare(sql));
  TRY(row, statement.step());
  return row ? statement.number(0) : 0;
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(connection_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return fail(error(code));
  return Statement(*this, statement);
}

void Database::roll_back() {
  if (sqlite3_get_autocommit(connection_) == 0)
    sqlite3_exec(connection_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(statement_, other.statement_);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(int parameter, std::int64_t value) {
  sqlite3_bind_int64(statement_, parameter, value);
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view bytes) {
  // A null pointer would be NULL; an empty value is not.
  const char* data = bytes.empty() ? "" : bytes.data();
  sqlite3_bind_blob64(statement_, parameter, data, bytes.size(), SQLITE_STATIC);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Error failure = database_->error(code);
  reset();
  return fail(std::move(failure));
}

Result<> Statement::run() {
  TRY(row, step());
  (void)row;
  reset();
  return {};
}

void Statement::reset() { sqlite3_reset(statement_); }

std::int64_t Statement::number(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return {static_cast<const char*>(data), size};
}

}  // namespace aloft::store

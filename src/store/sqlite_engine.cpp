// Commits in a SQLite file. The table is addressed by row number only: the order of keys lives in memory, so
// a new entry is an append and needs no second index on disk. Reads happen once, at opening.
#include "store/engine.h"
#include "store/log.h"
#include "store/sqlite_database.h"

namespace aloft::store {
namespace {

// "ALFT", in the file's header: tells our files from other programs' databases.
constexpr std::int64_t application = 0x414c4654;
constexpr std::int64_t schema = 1;
// Groups of commits between two looks at how much of the file is free.
constexpr std::uint64_t vacuum_interval = 256;
constexpr std::int64_t vacuum_pages = 512;

struct Statements {
  Statement begin;
  Statement commit;
  Statement insert;
  Statement update;
  Statement remove;
  Statement revision;
};

class SqliteEngine final : public Engine {
 public:
  SqliteEngine(std::unique_ptr<Database> database, Statements statements)
      : database_(std::move(database)), statements_(std::move(statements)) {}

  Result<> write(std::span<const Effect> effects, Revision revision) override {
    if (auto done = transaction(effects, revision); !done) {
      database_->roll_back();
      return done;
    }
    if (++groups_ % vacuum_interval == 0) give_back_space();
    return {};
  }

 private:
  Result<> transaction(std::span<const Effect> effects, Revision revision) {
    TRY_DO(statements_.begin.run());
    for (const Effect& effect : effects) TRY_DO(write_one(effect));
    TRY_DO(statements_.revision.bind(1, revision).run());
    return statements_.commit.run();
  }

  Result<> write_one(const Effect& effect) {
    if (effect.after == nullptr) return statements_.remove.bind(1, effect.before->id).run();
    const Item& item = *effect.after;
    if (effect.before == nullptr) {
      Statement& insert = statements_.insert;
      insert.bind(1, item.id)
          .bind(2, item.entry.key)
          .bind(3, item.entry.created)
          .bind(4, item.entry.modified);
      return insert.bind(5, item.entry.value.view()).run();
    }
    Statement& update = statements_.update;
    return update.bind(1, item.id).bind(2, item.entry.modified).bind(3, item.entry.value.view()).run();
  }

  // Returns free pages to the file system a few at a time, once they are many.
  void give_back_space() {
    const auto free = database_->number("PRAGMA freelist_count");
    const auto all = database_->number("PRAGMA page_count");
    if (!free || !all || *free < std::max(vacuum_pages, *all / 4)) return;
    if (const auto done = database_->run(fmt::format("PRAGMA incremental_vacuum({})", vacuum_pages)); !done) {
      log.warning("could not shrink the database: {}", done.error().message());
    }
  }

  std::unique_ptr<Database> database_;
  Statements statements_;  // goes before its connection
  std::uint64_t groups_ = 0;
};

// Takes the file for this process and makes or checks what is in it.
Result<> set_up(Database& database) {
  TRY_DO(database.run("PRAGMA locking_mode=EXCLUSIVE"));
  TRY(tables, database.number("SELECT count(*) FROM sqlite_schema"));
  TRY(owner, database.number("PRAGMA application_id"));
  if (tables > 0 && owner != application) {
    return fail(Code::unavailable, fmt::format("{}: is the database of another program", database.path()));
  }
  // Takes effect only while the file is empty.
  TRY_DO(database.run("PRAGMA auto_vacuum=INCREMENTAL"));
  TRY_DO(
      database.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                   "PRAGMA wal_autocheckpoint=2000; PRAGMA journal_size_limit=16777216;"));
  TRY_DO(database.run("BEGIN EXCLUSIVE"));
  if (tables == 0) {
    TRY_DO(database.run(fmt::format(
        "PRAGMA application_id={};"
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
        "INSERT INTO meta VALUES ('schema', {}), ('revision', 0);"
        "CREATE TABLE entries (id INTEGER PRIMARY KEY, key BLOB NOT NULL, created INTEGER NOT NULL,"
        " modified INTEGER NOT NULL, value BLOB NOT NULL)",
        application, schema)));
  }
  TRY_DO(database.run("COMMIT"));
  TRY(found, database.number("SELECT value FROM meta WHERE name='schema'"));
  if (found != schema) {
    return fail(Code::unavailable,
                fmt::format("{}: has schema {}, this program knows {}", database.path(), found, schema));
  }
  return {};
}

Result<Recovered> recover(Database& database) {
  Recovered recovered;
  TRY(revision, database.number("SELECT value FROM meta WHERE name='revision'"));
  recovered.revision = revision;
  TRY(rows, database.prepare("SELECT id, key, created, modified, value FROM entries ORDER BY id"));
  for (;;) {
    TRY(more, rows.step());
    if (!more) break;
    auto item = std::make_shared<Item>();
    item->id = rows.number(0);
    item->entry.key = rows.bytes(1);
    item->entry.created = rows.number(2);
    item->entry.modified = rows.number(3);
    item->entry.value = SharedBytes(std::string(rows.bytes(4)));
    recovered.last_id = item->id;
    if (item->entry.modified > revision || item->entry.created > item->entry.modified) {
      return fail(Code::unavailable,
                  fmt::format("{}: the database is damaged: {} is from revision {}, the file from {}",
                              database.path(), item->entry.key, item->entry.modified, revision));
    }
    recovered.items.push_back(std::move(item));
  }
  const auto key = [](const ItemPointer& item) -> const std::string& { return item->entry.key; };
  std::ranges::sort(recovered.items, {}, key);
  const auto twice = std::ranges::adjacent_find(recovered.items, {}, key);
  if (twice != recovered.items.end()) {
    return fail(Code::unavailable,
                fmt::format("{}: the database is damaged: {} stands twice", database.path(), key(*twice)));
  }
  return recovered;
}

Result<Statements> prepare_all(Database& database) {
  TRY(begin, database.prepare("BEGIN IMMEDIATE"));
  TRY(commit, database.prepare("COMMIT"));
  TRY(insert, database.prepare("INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5)"));
  TRY(update, database.prepare("UPDATE entries SET modified=?2, value=?3 WHERE id=?1"));
  TRY(remove, database.prepare("DELETE FROM entries WHERE id=?1"));
  TRY(revision, database.prepare("UPDATE meta SET value=?1 WHERE name='revision'"));
  return Statements{std::move(begin),  std::move(commit), std::move(insert),
                    std::move(update), std::move(remove), std::move(revision)};
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options) {
  TRY(database, Database::open(options.path));
  TRY_DO(set_up(*database));
  TRY(recovered, recover(*database));
  TRY(statements, prepare_all(*database));
  auto engine = std::make_unique<SqliteEngine>(std::move(database), std::move(statements));
  return make_store(std::move(engine), std::move(recovered), options.history, options.batch_writes);
}

}  // namespace aloft::store

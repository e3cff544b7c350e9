#include "authd/recon/engine/supplier_table.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <thread>

#include "authd/recon/definition.h"
#include "tests/postgres/cluster.h"

namespace authd::test {
namespace {

using recon::Books;
using recon::Supplier;
using recon::Suppliers;
using recon::sync_suppliers;

class SupplierTable : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    connection_.emplace(connect());
  }

  void sync(const Suppliers& suppliers) {
    const auto done = sync_suppliers(*connection_, suppliers);
    ASSERT_TRUE(done) << done.error().message;
  }
  std::string text(const std::string& statement) { return query_text(*connection_, statement); }
  // What the trails say, in order: "1 airtime configured, …".
  std::string trail() {
    return text(
        "SELECT string_agg(number || ' ' || name || ' ' || action, ', ' ORDER BY s.id, number)"
        " FROM authd.recon_trail JOIN authd.recon_supplier AS s ON s.id = supplier_id"
        " WHERE actor = 'authd' AND run_id IS NULL AND discrepancy_id IS NULL");
  }
  std::string states() {
    return text(
        "SELECT string_agg(name || ' ' || is_active, ', ' ORDER BY id) FROM authd.recon_supplier");
  }

  std::optional<store::Connection> connection_;
};

Supplier airtime() {
  Supplier supplier;
  supplier.name = "airtime";
  supplier.source.name = "mobilemart";
  supplier.program = *core::ProgramId::from("demo");
  supplier.books = Books::transfers;
  supplier.transfer_kinds = {core::TransferKind::fee};
  supplier.passes = {{}};
  supplier.approval_above_minor = 50'000;
  return supplier;
}

Supplier clearing() {
  Supplier supplier;
  supplier.name = "clearing";
  supplier.source.name = "marqeta_clearing";
  supplier.program = *core::ProgramId::from("demo");
  supplier.passes = {{}};
  return supplier;
}

Suppliers of(std::vector<Supplier> suppliers) {
  Suppliers all;
  all.suppliers = std::move(suppliers);
  return all;
}

TEST_F(SupplierTable, HoldsWhatIsConfigured) {
  sync(of({airtime(), clearing()}));
  EXPECT_EQ(text("SELECT string_agg(format('%s %s %s %s %s', name, books, program, is_active,"
                 " approval_above_minor), ', ' ORDER BY id) FROM authd.recon_supplier"),
            "airtime 2 demo t 50000, clearing 1 demo t 0");
  EXPECT_EQ(boost::json::parse(
                text("SELECT definition FROM authd.recon_supplier WHERE name = 'airtime'")),
            definition_json(airtime()));
  EXPECT_EQ(trail(), "1 airtime configured, 1 clearing configured");
  EXPECT_EQ(text("SELECT bool_and(detail = definition) FROM authd.recon_trail AS t"
                 " JOIN authd.recon_supplier AS s ON s.id = t.supplier_id"),
            "t");
}

TEST_F(SupplierTable, NothingMovesWhereNothingDiffers) {
  sync(of({airtime(), clearing()}));
  const std::string before = text("SELECT string_agg(s::text, ';') FROM authd.recon_supplier AS s");
  for (int i = 0; i < 3; ++i) sync(of({clearing(), airtime()}));
  EXPECT_EQ(text("SELECT string_agg(s::text, ';') FROM authd.recon_supplier AS s"), before);
  EXPECT_EQ(trail(), "1 airtime configured, 1 clearing configured");
  // Ids are few: none is used up.
  Supplier third = airtime();
  third.name = "third";
  sync(of({airtime(), clearing(), third}));
  EXPECT_EQ(text("SELECT id FROM authd.recon_supplier WHERE name = 'third'"), "3");
}

TEST_F(SupplierTable, EveryDifferenceIsWrittenAndNoted) {
  const auto changed_at = [this] {
    return text("SELECT changed_at FROM authd.recon_supplier WHERE name = 'airtime'");
  };
  Supplier supplier = airtime();
  sync(of({supplier, clearing()}));
  int number = 1;
  const auto expect_change = [&](const std::string& column, const std::string& value) {
    const std::string before = changed_at();
    sync(of({supplier, clearing()}));
    EXPECT_EQ(text("SELECT " + column + " FROM authd.recon_supplier WHERE name = 'airtime'"),
              value);
    EXPECT_NE(changed_at(), before) << column;
    EXPECT_EQ(text("SELECT max(t.number) FROM authd.recon_trail AS t JOIN authd.recon_supplier AS s"
                   " ON s.id = t.supplier_id AND s.definition = t.detail WHERE name = 'airtime'"),
              std::to_string(++number))
        << column;
  };
  supplier.approval_above_minor = 50'001;
  expect_change("approval_above_minor", "50001");
  supplier.program = *core::ProgramId::from("other");
  expect_change("program", "other");
  supplier.books = Books::card;
  expect_change("books", "1");
  supplier.passes[0].confidence = 99;
  expect_change("definition->'passes'->0->>'confidence'", "99");
  EXPECT_EQ(text("SELECT count(*) FROM authd.recon_trail AS t JOIN authd.recon_supplier AS s"
                 " ON s.id = t.supplier_id WHERE name = 'clearing'"),
            "1");
}

TEST_F(SupplierTable, WhatIsNotConfiguredAnyMoreIsInactiveUntilItIs) {
  sync(of({airtime(), clearing()}));
  sync(of({clearing()}));
  EXPECT_EQ(states(), "airtime false, clearing true");
  sync(of({clearing()}));
  EXPECT_EQ(trail(), "1 airtime configured, 2 airtime no_longer_configured, 1 clearing configured");
  sync(of({}));
  EXPECT_EQ(states(), "airtime false, clearing false");
  sync(of({airtime()}));
  EXPECT_EQ(states(), "airtime true, clearing false");
  EXPECT_EQ(trail(),
            "1 airtime configured, 2 airtime no_longer_configured, 3 airtime configured,"
            " 1 clearing configured, 2 clearing no_longer_configured");
  EXPECT_EQ(text("SELECT count(*) FROM authd.recon_supplier AS s, authd.recon_broken(s.id)"), "0");
}

TEST_F(SupplierTable, AllOrNothing) {
  sync(of({airtime()}));
  Supplier changed = airtime();
  changed.approval_above_minor = 1;
  Supplier impossible = clearing();
  impossible.approval_above_minor = -1;
  const auto done = sync_suppliers(*connection_, of({changed, impossible}));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().state(), "23514");
  EXPECT_EQ(text("SELECT approval_above_minor FROM authd.recon_supplier"), "50000");
  EXPECT_EQ(trail(), "1 airtime configured");
  sync(of({changed}));  // the connection is of use
  EXPECT_EQ(text("SELECT approval_above_minor FROM authd.recon_supplier"), "1");
}

TEST_F(SupplierTable, TheRoleOfReconciliationSuffices) {
  query(*connection_, "SET ROLE authd_recon");
  sync(of({airtime(), clearing()}));
  sync(of({airtime()}));
  EXPECT_EQ(states(), "airtime true, clearing false");
}

TEST_F(SupplierTable, DaemonsThatStartAtOnceWaitForEachOther) {
  std::vector<std::thread> daemons;
  for (int i = 0; i < 4; ++i) {
    daemons.emplace_back([this, i] {
      auto connection = connect();
      const auto all = i % 2 == 0 ? of({airtime(), clearing()}) : of({clearing(), airtime()});
      const auto done = sync_suppliers(connection, all);
      EXPECT_TRUE(done) << done.error().message;
    });
  }
  for (std::thread& daemon : daemons) daemon.join();
  EXPECT_EQ(text("SELECT max(id) FROM authd.recon_supplier"), "2");
  EXPECT_EQ(text("SELECT count(*) FROM authd.recon_trail"), "2");
}

TEST_F(SupplierTable, DoesNotWaitForRuns) {
  sync(of({airtime()}));
  auto other = connect();
  query(other, "BEGIN");
  query(other,
        "INSERT INTO authd.recon_run (supplier_id, state, origin, requested_by, file_name)"
        " VALUES (1, 2, 1, 'test', 'a.csv')");
  query(*connection_, "SET lock_timeout = '10s'");
  Supplier changed = airtime();
  changed.approval_above_minor = 1;
  sync(of({changed}));
  query(other, "COMMIT");
}

}  // namespace
}  // namespace authd::test

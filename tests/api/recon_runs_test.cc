// Suppliers, and runs from the request until they end: files by name, and uploads in pieces.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "authd/api/api_key.h"
#include "authd/api/recon_upload.h"
#include "tests/api/recon_fixture.h"

namespace authd::test {

namespace {

using Errors = std::vector<std::string>;

constexpr const char* runs = "/v1/reconciliation/runs";

std::string hex(const std::string& bytes) {
  std::string text;
  for (const std::byte byte : api::sha256(bytes)) {
    constexpr std::string_view digits = "0123456789abcdef";
    text += digits[static_cast<unsigned>(byte) >> 4U];
    text += digits[static_cast<unsigned>(byte) & 15U];
  }
  return text;
}

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

class ReconRuns : public ReconTest {
 protected:
  std::string upload(const std::string& more = "") {  // its path
    const ApiAnswer answer = post(runs, R"({"supplier":"shop","upload":true)" + more + "}");
    EXPECT_EQ(answer.status, 202) << answer.body;
    return answer.field("location");
  }
  ApiAnswer piece(const std::string& run, std::uint64_t offset, const std::string& bytes,
                  const std::string& type = "application/octet-stream") {
    return send("PUT", run + "/file?offset=" + std::to_string(offset), bytes,
                "Content-Type: " + type + "\r\n" + (bytes.empty() ? "Content-Length: 0\r\n" : ""));
  }
  static std::string id_of(const std::string& run) { return run.substr(run.rfind('/') + 1); }
};

TEST_F(ReconRuns, SuppliersAreShownWithWhatIsOpen) {
  const std::string done = run("shop");
  line(done, 1, -500, "r1");
  exception(done, {.line = 1});
  exception(done, {.kind = 2, .item = "7", .state = 1});
  exception(done, {.kind = 3, .state = 5});
  const ApiAnswer shop = get("/v1/reconciliation/suppliers/shop");
  ASSERT_EQ(shop.status, 200) << shop.body;
  EXPECT_EQ(shop.text("books"), "card");
  EXPECT_EQ(shop.at("open_exceptions"), 1);
  EXPECT_EQ(shop.at("waiting"), 1);
  EXPECT_EQ(shop.at("approval_above_minor"), 1000);
  EXPECT_EQ(shop.text("last_run.state"), "done");
  EXPECT_EQ(shop.text("definition.passes.0.method"), "reference");
  EXPECT_EQ(get("/v1/reconciliation/suppliers/none").status, 404);
  const Pages all = pages("/v1/reconciliation/suppliers");
  EXPECT_EQ(all.items.size(), 3U);
  EXPECT_EQ(pages("/v1/reconciliation/suppliers", other_key()).items.size(), 1U);
  EXPECT_EQ(get("/v1/reconciliation/suppliers/shop", other_key()).status, 404);
  EXPECT_EQ(get("/v1/reconciliation/suppliers/shop?fields=name").body, R"({"name":"shop"})");
}

TEST_F(ReconRuns, OfAFileAreQueuedAndTheRunnerIsWoken) {
  const std::string body =
      R"({"supplier":"shop","file":"a b.csv","from":"2026-11-01T00:00:00Z","to":"2026-11-02T00:00:00Z"})";
  const ApiAnswer made = post(runs, body, first() + named("k"));
  ASSERT_EQ(made.status, 202) << made.body;
  EXPECT_EQ(made.text("state"), "queued");
  EXPECT_EQ(made.text("origin"), "directory");
  EXPECT_EQ(made.text("file.name"), "a b.csv");
  EXPECT_EQ(made.text("requested_by"), actor(first()));
  EXPECT_EQ(made.text("period.to"), "2026-11-02T00:00:00.000000Z");
  EXPECT_EQ(woken(), 1);
  EXPECT_EQ(get(made.field("location")).json(), made.json());
  EXPECT_EQ(sql("SELECT count(*) FROM authd.recon_run WHERE file_path IS NULL"), "1");
  EXPECT_EQ(sql("SELECT actor || ' ' || action FROM authd.recon_trail"),
            actor(first()) + " queued");
  // Again: the same run.
  EXPECT_EQ(post(runs, body, first() + named("k")).body, made.body);
  EXPECT_EQ(sql("SELECT count(*) FROM authd.recon_run"), "1");
}

TEST_F(ReconRuns, AreRefusedWhenTheyCannotBe) {
  const auto errors = [&](const std::string& body) {
    const ApiAnswer answer = post(runs, body);
    EXPECT_EQ(answer.status, 422) << body << answer.body;
    return answer.status == 422 ? answer.errors() : Errors{};
  };
  const Errors no_file{"file: must be given, or upload must be true; not both"};
  const Errors path{"file: must be the name of a file in the supplier's directory"};
  EXPECT_EQ(errors(R"({"supplier":"shop"})"), no_file);
  EXPECT_EQ(errors(R"({"supplier":"shop","file":"a","upload":true})"), no_file);
  EXPECT_EQ(errors(R"({"supplier":"shop","file":"../a"})"), path);
  EXPECT_EQ(errors(R"({"supplier":"shop","file":".."})"), path);
  EXPECT_EQ(errors(R"({"supplier":"shop","file":"."})"), path);
  EXPECT_EQ(errors(R"({"supplier":"shop","upload":true,"name":"a/b"})"),
            Errors{"name: must be a file's name"});
  EXPECT_EQ(errors(R"({"supplier":"shop","file":"a","name":"b"})"),
            Errors{"name: is that of an upload"});
  EXPECT_EQ(errors(R"({"supplier":"none","file":"a"})"), Errors{"supplier: is not known"});
  EXPECT_EQ(errors(R"({"supplier":"shop","file":"a","from":"2026-11-01T00:00:00Z"})"),
            Errors{"to: is needed as well"});
  EXPECT_EQ(errors(R"({"supplier":"shop","file":"a","from":"2026-11-01T00:00:00Z",)"
                   R"("to":"2026-11-01T00:00:00Z"})"),
            Errors{"to: must be after from"});
  EXPECT_EQ(post(runs, R"({"supplier":"shop","file":"a"})", other_key()).errors(),
            Errors{"supplier: is not known"});
  sql("UPDATE authd.recon_supplier SET is_active = false WHERE name = 'shop'");
  EXPECT_EQ(errors(R"({"supplier":"shop","file":"a"})"),
            Errors{"supplier: is not in the configuration any more"});
  EXPECT_EQ(post(runs, "{}", key("demo", {api::Scope::recon_read})).status, 403);
  EXPECT_EQ(woken(), 0);
}

TEST_F(ReconRuns, TakeAnUploadInPiecesAndGoOnWhereItBrokeOff) {
  const std::string run = upload(R"(,"name":"shop.csv")");
  EXPECT_EQ(get(run).at("received_bytes"), 0);
  EXPECT_EQ(post(run + "/file/complete", "{}").at("size"), 0);
  EXPECT_EQ(piece(run, 0, "abc").at("received_bytes"), 3);
  const ApiAnswer again = piece(run, 0, "abc");
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.problem(), "wrong-state");
  EXPECT_EQ(again.at("size"), 3);
  // What was written but not acknowledged is written over; what was lost is asked for again.
  std::ofstream(spool() / (id_of(run) + ".part"), std::ios::app) << "torn";
  EXPECT_EQ(post(run + "/file/complete", "{}").at("size"), 3);
  EXPECT_EQ(piece(run, 3, "def").at("received_bytes"), 6);
  std::filesystem::resize_file(spool() / (id_of(run) + ".part"), 5);
  EXPECT_EQ(piece(run, 6, "ghi").at("size"), 5);
  EXPECT_EQ(piece(run, 5, "f").at("received_bytes"), 6);

  EXPECT_EQ(post(run + "/file/complete", R"({"sha256":")" + hex("abcdeg") + "\"}").errors(),
            Errors{"sha256: is not that of the 6 bytes that have come"});
  const std::string body = R"({"sha256":")" + hex("abcdef") + "\"}";
  const ApiAnswer done = post(run + "/file/complete", body, named("c"));
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(done.text("state"), "queued");
  EXPECT_EQ(done.text("file.sha256"), hex("abcdef"));
  EXPECT_EQ(done.text("file.name"), "shop.csv");
  EXPECT_EQ(text_of(spool() / id_of(run)), "abcdef");
  EXPECT_EQ(sql("SELECT file_path FROM authd.recon_run"), (spool() / id_of(run)).string());
  EXPECT_EQ(woken(), 2);
  EXPECT_EQ(post(run + "/file/complete", body, named("c")).body, done.body);
  EXPECT_EQ(post(run + "/file/complete", body).problem(), "wrong-state");
  EXPECT_EQ(piece(run, 6, "x").problem(), "wrong-state");
  EXPECT_EQ(sql("SELECT string_agg(action, ',' ORDER BY number) FROM authd.recon_trail"),
            "receiving,queued");
}

TEST_F(ReconRuns, FindTheFileThatACrashLeftUnderItsName) {
  const std::string run = upload();
  piece(run, 0, "abc");
  std::filesystem::rename(spool() / (id_of(run) + ".part"), spool() / id_of(run));
  EXPECT_EQ(post(run + "/file/complete", "{}").text("state"), "queued");
  EXPECT_EQ(text_of(spool() / id_of(run)), "abc");
}

TEST_F(ReconRuns, TakePiecesAndFilesUpToTheirLimits) {
  const std::string run = upload();
  const std::string most(api::upload_piece_bytes_max, 'x');
  EXPECT_EQ(piece(run, 0, most).status, 200);
  const std::string rest(file_bytes_max - most.size(), 'y');
  const Errors too_long{"body: makes the file longer than 9437184 bytes"};
  EXPECT_EQ(piece(run, most.size(), rest + "y").errors(), too_long);
  EXPECT_EQ(piece(run, most.size(), rest).status, 200);
  EXPECT_EQ(piece(run, file_bytes_max, "y").errors(), too_long);
  EXPECT_EQ(piece(run, 0, "").errors(), Errors{"body: must have at least one byte"});
  EXPECT_EQ(piece(run, 0, "{}", "application/json").problem(), "unsupported-media-type");
  EXPECT_EQ(send("PUT", run + "/file", "x", "Content-Type: application/octet-stream\r\n").status,
            400);
}

TEST_F(ReconRuns, KeepTheLimitOfAllOtherPaths) {
  const std::string run = upload();
  // The length is enough to be turned away for.
  const auto status = [&](const std::string& request_line, std::size_t size) {
    net::Peer peer(port());
    EXPECT_TRUE(peer.send(request_line + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                          std::to_string(size) + "\r\n\r\n"));
    const auto received = peer.receive();
    return received ? received->status : 0;
  };
  EXPECT_EQ(status(std::string("POST ") + runs, 65'537), 413);
  EXPECT_EQ(status("PUT /v1/nothing", 65'537), 413);
  EXPECT_EQ(status("POST " + run + "/file", 65'537), 413);
  EXPECT_EQ(status("POST " + run + "/file/complete", 65'537), 413);
  EXPECT_EQ(status("PUT " + run + "/file?offset=0", api::upload_piece_bytes_max + 1), 413);
}

TEST_F(ReconRuns, OfAFileThatIsThereAreRefused) {
  const std::string one = upload();
  piece(one, 0, "abc");
  EXPECT_EQ(post(one + "/file/complete", "{}").status, 200);
  const std::string two = upload();
  piece(two, 0, "abc");
  for (int i = 0; i < 2; ++i) {  // and stay so
    const ApiAnswer refused = post(two + "/file/complete", "{}");
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(refused.problem(), "already-exists");
    EXPECT_EQ(std::to_string(refused.at("duplicate_of").as_int64()), id_of(one));
  }
  const ApiAnswer shown = get(two);
  EXPECT_EQ(shown.text("state"), "refused");
  EXPECT_EQ(std::to_string(shown.at("duplicate_of").as_int64()), id_of(one));
  EXPECT_FALSE(std::filesystem::exists(spool() / (id_of(two) + ".part")));
  EXPECT_EQ(sql("SELECT string_agg(action, ',' ORDER BY number) FROM authd.recon_trail"),
            "receiving,queued,receiving,refused");
  // Another supplier's file is another one; and one that failed does not stand.
  sql("UPDATE authd.recon_run SET state = 6 WHERE id = " + id_of(one));
  const std::string three = upload();
  piece(three, 0, "abc");
  EXPECT_EQ(post(three + "/file/complete", "{}").status, 200);
}

TEST_F(ReconRuns, AreCancelledAtOnceOrWhenTheyNotice) {
  const std::string receiving = upload();
  piece(receiving, 0, "abc");
  EXPECT_EQ(post(receiving + "/cancel", "").text("state"), "cancelled");
  EXPECT_FALSE(std::filesystem::exists(spool() / (id_of(receiving) + ".part")));
  const std::string going = "/v1/reconciliation/runs/" + run("shop", 3);
  const ApiAnswer asked = post(going + "/cancel", "{}");
  EXPECT_EQ(asked.text("state"), "reading");
  EXPECT_FALSE(asked.at("cancel_requested_at").is_null());
  EXPECT_EQ(post(going + "/cancel", "").json(), asked.json());
  EXPECT_EQ(sql("SELECT string_agg(action, ',' ORDER BY number) FROM authd.recon_trail"),
            "receiving,cancelled,cancel_requested");
  const std::string done = "/v1/reconciliation/runs/" + run("shop");
  EXPECT_EQ(post(done + "/cancel", "").problem(), "wrong-state");
  EXPECT_EQ(post(done + "/cancel", "", other_key()).status, 404);
}

TEST_F(ReconRuns, ShowAllTheirFigures) {
  const std::string id = run("shop");
  sql("INSERT INTO authd.recon_run_figure (run_id, found, auto_resolved, difference_minor, kind,"
      " currency) VALUES (" +
      id + ", 2, 1, 700, 3, 'USD'), (" + id + ", 1, 0, 99999999999999999999, 1, 'EUR')");
  const ApiAnswer shown = get(std::string(runs) + "/" + id);
  ASSERT_EQ(shown.status, 200) << shown.body;
  EXPECT_EQ(shown.at("figures.match_permille"), 999);
  EXPECT_EQ(shown.at("figures.auto_resolved_permille"), 333);
  EXPECT_EQ(shown.at("durations_ms.parse"), 1000);
  EXPECT_EQ(shown.at("durations_ms.total"), 2000);
  EXPECT_EQ(shown.at("lines_per_second"), 500);
  EXPECT_EQ(shown.text("trailer"), "matches");
  EXPECT_EQ(shown.text("discrepancies.0.kind"), "missing_internally");
  EXPECT_EQ(shown.at("discrepancies.0.difference_minor"), INT64_MAX);
  EXPECT_EQ(shown.at("discrepancies.1.difference_minor"), 700);
  EXPECT_TRUE(shown.at("progress").is_null());
  EXPECT_EQ(get(std::string(runs) + "/" + id, other_key()).status, 404);

  const std::string going = run("shop", 3);
  sql("INSERT INTO authd.recon_progress (run_id, done, total, started_at, updated_at, stage)"
      " VALUES (" +
      going + ", 250, 1000, now() - interval '10 seconds', now(), 'reading')");
  const ApiAnswer progress = get(std::string(runs) + "/" + going);
  EXPECT_EQ(progress.text("progress.stage"), "reading");
  EXPECT_EQ(progress.at("progress.per_second"), 25);
  EXPECT_EQ(progress.at("progress.remaining_s"), 30);
}

TEST_F(ReconRuns, AreListedNewestFirstByWhatIsAsked) {
  for (int i = 0; i < 3; ++i) run("shop");
  run("bank", 6);
  run("far");
  std::int64_t before = INT64_MAX;
  const Pages all = pages(runs);
  for (const auto& item : all.items) {
    EXPECT_LT(item.at("id").as_int64(), before);
    before = item.at("id").as_int64();
  }
  EXPECT_EQ(all.items.size(), 5U);
  EXPECT_EQ(pages(runs, first()).items.size(), 4U);
  EXPECT_EQ(pages(runs, other_key()).items.size(), 1U);
  const auto count = [&](const std::string& query) {
    return pages(std::string(runs) + "?" + query).items.size();
  };
  EXPECT_EQ(count("supplier=shop"), 3U);
  EXPECT_EQ(count("supplier=none"), 0U);
  EXPECT_EQ(count("state=failed"), 1U);
  EXPECT_EQ(count("from=2026-11-20T10:00:00Z"), 5U);
  EXPECT_EQ(count("from=2026-11-20T10:00:00.000001Z"), 0U);
  EXPECT_EQ(count("to=2026-11-20T10:00:00Z"), 0U);
  EXPECT_EQ(get(std::string(runs) + "?state=odd").status, 400);
  EXPECT_EQ(get(std::string(runs) + "?supplier=shop", other_key()).at("items").as_array().size(),
            0U);
}

}  // namespace

}  // namespace authd::test

#include "store/postgres/load.h"

#include "core/memory_state.h"
#include "store/postgres/read_rows.h"
#include "store/postgres/setups.h"

namespace authd::store {

namespace {

using core::Setup;
using core::Unexpected;

LoadError failed(const PgError& error) { return {LoadError::Code::postgres, error}; }

// Reads into `state` what the commands of a batch may touch.
class StateOfBatch {
 public:
  explicit StateOfBatch(core::MemoryState& state) : state_(state) {}

  void operator()(const core::OpenAccount& open) { account(open.account.id); }
  void operator()(const core::IssueCard& issue) {
    account(issue.card.account);
    card(issue.card.program, issue.card.token);
  }
  void operator()(const core::ChangeAccount& change) { account(change.account); }
  void operator()(const core::ChangeCard& change) { card(change.program, change.card); }
  void operator()(const core::SetControl& set) {
    const auto* const limit = std::get_if<core::Limit>(&set.control.check);
    if (limit != nullptr) state_.put(core::TimeZone{limit->window.zone, {}});
    controls(set.owner);
  }
  void operator()(const core::RemoveControl& remove) { controls(remove.owner); }
  template <class Other>
  void operator()(const Other&) {}

  core::Result<void, PgError> read(Connection& connection) {
    AUTHD_TRY_VOID(read(connection, accounts_,
                        "SELECT " + account_columns + " FROM " + account_tables +
                            " WHERE account.id = ANY ($1::int8[])",
                        [this](PgRow& in) { state_.put(read_account(in)); }));
    AUTHD_TRY_VOID(read(connection, cards_,
                        "SELECT " + card_columns +
                            " FROM authd.card JOIN unnest($1::text[], $2::text[])"
                            " AS given(program, token) USING (program, token)",
                        [this](PgRow& in) { state_.put(read_card(in)); }));
    return read(connection, owners_,
                "SELECT " + control_columns +
                    " FROM authd.spend_control AS c WHERE c.owner = ANY ($1::bytea[])"
                    " AND c.removed_at IS NULL ORDER BY c.owner, c.id",
                [this](PgRow& in) { add_control(in); });
  }

 private:
  void account(core::AccountId id) { accounts_.number(id.value); }
  void card(const core::ProgramId& program, const core::CardToken& token) {
    cards_.text(program.view());
    cards_.text(token.view());
  }
  void controls(const core::Owner& owner) {
    owners_.bytes(bytes_of(controls_key(owner).view()));
    if (const auto* const id = std::get_if<core::AccountId>(&owner.of)) account(*id);
    if (const auto* const of = std::get_if<core::Owner::CardOwner>(&owner.of)) {
      card(of->program, of->card);
    }
  }

  void add_control(PgRow& in) {
    const core::Owner owner = read_owner(in);
    const auto stored = state_.controls(owner);
    core::ControlSet set = stored && *stored != nullptr ? **stored : core::ControlSet{owner, {}};
    set.controls.push_back(read_control(in));
    state_.put(set);
  }

  template <class Take>
  core::Result<void, PgError> read(Connection& connection, PgColumns& given,
                                   const std::string& query, Take take) {
    if (given.rows() == 0) return {};
    AUTHD_TRY(found, connection.exec(query.c_str(), PgParams().columns(given)));
    for (int row = 0; row < found.rows(); ++row) {
      PgRow fields(found, row);
      take(fields);
      if (!fields.ok()) {
        return Unexpected{unexpected("a row of an account, a card or a control cannot be read")};
      }
    }
    return {};
  }

  core::MemoryState& state_;
  PgColumns accounts_{PgType::int64};
  PgColumns cards_{PgType::text, PgType::text};
  PgColumns owners_{PgType::bytes};
};

// A number for each command, of which those that set a limit make use.
core::Result<std::vector<core::Sequence>, PgError> counters(Connection& connection,
                                                            std::size_t count) {
  AUTHD_TRY(found, connection.exec("SELECT nextval('authd.counter_seq')"
                                   " FROM generate_series(1, $1::int8)",
                                   PgParams().number(static_cast<std::int64_t>(count))));
  std::vector<core::Sequence> numbers;
  for (int row = 0; row < found.rows(); ++row) {
    numbers.push_back({static_cast<std::uint64_t>(found.number<std::int64_t>(row, 0))});
  }
  return numbers;
}

struct AddTo {
  Setups& setups;
  const core::Moment& moment;
  const std::vector<core::Row>& rows;

  template <class Command>
  requires requires(Setups& to, const Command& command, const core::Moment& at,
                    const std::vector<core::Row>& changed) {
    to.add(command, at, changed);
  }
  bool operator()(const Command& command) const { return setups.add(command, moment, rows); }
  template <class Command>
  bool operator()(const Command&) const {
    return false;
  }
};

}  // namespace

core::Result<std::vector<Setup>, LoadError> apply_to_ledger(
    Connection& connection, std::span<const core::Command> commands, core::Timestamp now,
    const ControlDefinition& control_definition) {
  core::MemoryState state;
  StateOfBatch touched(state);
  for (const core::Command& command : commands) std::visit(touched, command);
  if (const auto read = touched.read(connection); !read) return Unexpected{failed(read.error())};
  const auto numbers = counters(connection, commands.size());
  if (!numbers) return Unexpected{failed(numbers.error())};

  Setups setups(postgres_shard, control_definition);
  std::vector<Setup> outcomes;
  for (const core::Command& command : commands) {
    const std::size_t i = outcomes.size();
    const core::Moment moment{.at = now, .sequence = (*numbers)[i]};
    core::Applied applied;
    const auto done = core::apply(state, command, moment, applied);
    const auto* const setup = std::get_if<Setup>(&applied.outcome);
    if (!done || setup == nullptr || core::is_refusal(*setup)) {
      return Unexpected{
          LoadError{LoadError::Code::refused, {}, i, setup == nullptr ? Setup::invalid : *setup}};
    }
    if (*setup == Setup::done && !std::visit(AddTo{setups, moment, applied.rows}, command)) {
      return Unexpected{LoadError{LoadError::Code::refused, {}, i, Setup::invalid}};
    }
    for (const core::Row& row : applied.rows) state.put(row);
    outcomes.push_back(*setup);
  }
  if (const auto written = setups.write(connection); !written) {
    return Unexpected{failed(written.error())};
  }
  return outcomes;
}

core::Result<void, LoadError> Loader::add(core::Command command) {
  commands_.push_back(std::move(command));
  return commands_.size() < options_.batch_commands ? core::Result<void, LoadError>{} : finish();
}

core::Result<void, LoadError> Loader::finish() {
  if (commands_.empty()) return {};
  auto transaction = Transaction::begin(connection_);
  if (!transaction) return Unexpected{failed(transaction.error())};
  const auto outcomes =
      apply_to_ledger(connection_, commands_, options_.now, options_.control_definition);
  if (!outcomes) {
    LoadError error = outcomes.error();
    error.position += position_;
    return Unexpected{std::move(error)};
  }
  if (const auto done = transaction->commit(); !done) return Unexpected{failed(done.error())};
  for (std::size_t i = 0; options_.on_loaded && i < outcomes->size(); ++i) {
    options_.on_loaded(commands_[i], (*outcomes)[i]);
  }
  position_ += commands_.size();
  commands_.clear();
  return {};
}

}  // namespace authd::store

// NaiveModel: what members have earned, recomputed from the list of what has happened.
//
// It knows nothing of batches, marks or SQL, takes no short cut, and shares no code with what it
// is compared with. Its program is of Africa/Johannesburg: two hours ahead, all the year.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace authd::test {

struct NaiveTerms {
  std::int64_t starts_at = 0;
  std::int64_t ends_at = 0;  // 0: never; as with the caps
  std::int64_t holding_s = 0;
  std::int64_t minimum = 0;
  std::int64_t cap_source = 0;
  std::int64_t cap_day = 0;
  std::int64_t cap_month = 0;
  std::map<int, std::array<std::int64_t, 3>> rates{};  // by kind of source
};

class NaiveModel {
 public:
  using Id = std::int64_t;

  std::vector<NaiveTerms> terms;  // the later ones go first
  std::int64_t review_day = 0;    // 0: none
  std::int64_t payout_minimum = 1;

  // In the order of time. `seq` is the entry's.
  void join(Id member);
  void claim(Id member, Id inviter, std::int64_t at);
  void suspend(Id member, bool is_suspended) { suspended_[member] = is_suspended; }
  void pause(std::int64_t from, std::int64_t to) { pauses_.emplace_back(from, to); }
  void spend(Id member, int kind, std::int64_t amount, std::int64_t at, std::int64_t seq,
             std::int64_t authorization);
  // Below 0: taken again.
  void give_back(Id member, std::int64_t amount, std::int64_t at, std::int64_t authorization);
  void clear_case(Id member, std::int64_t day);
  void pay(std::int64_t day);

  Id inviter(Id member) const;
  bool is_above(Id member, Id other) const;

  // Everything that can be asked of the ledger, as "1 earned" -> minor units; zeros are left out.
  std::map<std::string, std::int64_t> figures() const;

  bool is_within_pools() const;  // no source has earned more than its pool

  static std::int64_t day_of(std::int64_t at) { return (at + 7'200) / 86'400; }

 private:
  struct Part {  // of a source, a level's
    Id earner = 0;
    std::int64_t earned = 0;
    std::int64_t payable_on = 0;
    std::int64_t case_day = -1;  // the day whose case it waits for; -1: none
  };
  struct Source {
    std::int64_t seq = 0;
    std::int64_t authorization = 0;
    std::int64_t amount = 0;
    std::int64_t day = 0;
    std::int64_t pool = 0;
    std::array<Part, 3> parts{};
    std::array<std::int64_t, 3> net{};
  };
  struct Due {
    Id member = 0;
    std::int64_t payable_on = 0;
    std::int64_t amount = 0;
    std::int64_t case_day = -1;
    bool is_paid = false;
  };
  struct Money {
    Id member = 0;
    std::int64_t amount = 0;
    std::int64_t day = 0;
    int level = 0;
    bool is_earned = false;
  };

  void earn(const NaiveTerms& terms, Source& source, Id member, std::int64_t at, int kind);
  void bear(std::int64_t authorization, std::int64_t at);
  std::int64_t granted(Id member, std::int64_t first_day, std::int64_t last_day) const;
  void book(const Part& part, std::int64_t amount, std::int64_t day, int level, bool is_earned);

  struct Link {
    Id inviter = 0;
    std::int64_t at = 0;
  };
  std::map<Id, Link> members_;
  std::map<Id, bool> suspended_;
  std::vector<std::pair<std::int64_t, std::int64_t>> pauses_;
  std::vector<Source> sources_;
  std::vector<std::pair<std::int64_t, std::int64_t>> given_back_;  // authorization, amount
  std::map<std::pair<Id, std::int64_t>, bool> cases_;              // of a day: whether cleared
  std::vector<Due> dues_;
  std::vector<Money> money_;
  std::map<Id, std::int64_t> paid_;
};

}  // namespace authd::test

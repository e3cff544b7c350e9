// FixtureLifeCycle: a fixture with the ids of one run, as it is played.
//
// The answers that a fixture expects are those of an adapter with its default options. What
// another option adds is not looked at, and neither are which reference an answer to Adyen names,
// which is the issuer's own, and of when a balance is that Marqeta is told.
//
// A fixture is never lost on its way: what its processor tells fits only the answers that it
// expects.

#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "authd/processors/adapters.h"
#include "authd/simulate/fixture.h"
#include "authd/simulate/identifiers.h"

namespace authd::simulate {

// The tokens of the cards in its bodies, as the adapter reads them. A body that it does not read
// has none.
std::set<std::string, std::less<>> cards_of(const Fixture& fixture,
                                            const processors::AdapterOptions& options);

class FixtureLifeCycle final : public LifeCycle {
 public:
  FixtureLifeCycle(const Fixture& fixture, const Identifiers& identifiers,
                   const processors::AdapterOptions& options);

  std::string name() const override { return name_; }
  std::optional<Message> next() override;
  std::string heard(const Heard& answer) override;
  void unheard() override {}
  Effect effect() const override { return effect_; }
  bool order_matters() const override { return order_matters_; }

 private:
  std::string name_;
  std::vector<FixtureMessage> messages_;
  std::size_t told_ = 0;
  Effect effect_;
  bool order_matters_;
  processors::AdapterOptions options_;
};

}  // namespace authd::simulate

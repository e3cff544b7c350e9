// Bodies for the tests of Stripe's adapter: short ones, of which single members can be changed.

#pragma once

#include <initializer_list>
#include <string>

#include "authd/processors/stripe.h"

namespace authd::test::stripe {

// The member at the path ("data.object.amount") becomes this raw JSON, or (empty) goes.
struct Change {
  std::string path;
  std::string json;
};

// A purchase of 42.75 USD, evt_1 about iauth_1.
std::string question(std::initializer_list<Change> changes = {});

// Of the same authorization, evt_2: it was created, and approved.
std::string created(std::initializer_list<Change> changes = {});

// evt_3: an update that has changed nothing about its money.
std::string updated(std::initializer_list<Change> changes = {});

// evt_4: a capture of all of it, ipi_1.
std::string captured(std::initializer_list<Change> changes = {});

const processors::StripeAdapter& adapter();

core::Request read(const std::string& body);  // that must be understood
processors::ParseError refusal(const std::string& body);
std::vector<core::Event> events(const std::string& body);  // that must be understood
processors::ParseError events_refusal(const std::string& body);

}  // namespace authd::test::stripe

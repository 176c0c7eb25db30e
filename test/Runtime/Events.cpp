//===- Events.cpp - Tests of events -----------------------------*- C++ -*-===//

#include "Check.h"

#include <thread>

namespace mjx::runtime::test {

static void aDefaultEventIsReady() {
  Event event;
  CHECK(event.ready());
  CHECK(event.wait().ok());
  event.signal(Status::error("too late"));
  CHECK(event.status().ok());
}

static void waitingSeesTheSignal() {
  Event event = Event::pending();
  CHECK(!event.ready());
  CHECK(!event.waitFor(std::chrono::microseconds(100)));
  std::thread signaller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    event.signal();
  });
  CHECK(event.wait().ok());
  CHECK(event.ready());
  signaller.join();
}

static void errorsStay() {
  Event event = Event::pending();
  event.signal(Status::error("it broke"));
  event.signal();
  CHECK(mentions(event.wait(), "it broke"));
  CHECK(mentions(Event::failed(Status::error("so did this")).status(), "so did this"));
}

static void callbacksRunOnce() {
  Event event = Event::pending();
  std::string seen;
  event.then([&](const Status &status) { seen += "1" + status.message(); });
  event.then([&](const Status &status) { seen += "2" + status.message(); });
  CHECK(seen.empty());
  event.signal(Status::error("!"));
  CHECK(seen == "1!2!");
  event.then([&](const Status &status) { seen += "3" + status.message(); });
  event.signal();
  CHECK(seen == "1!2!3!");
}

void testEvents() {
  aDefaultEventIsReady();
  waitingSeesTheSignal();
  errorsStay();
  callbacksRunOnce();
}

} // namespace mjx::runtime::test

// How long events are kept.
#include "controllers/event_expiry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controllers/testing/objects.h"
#include "controllers/testing/simulation.h"

namespace aloft::controllers {
namespace {

using core::v1::Event;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(EventExpiry, an_event_goes_an_hour_after_it_last_happened) {
  Simulation cloud;
  cloud.add<EventExpiryController>();
  Event event;
  event.metadata.namespace_ = "default";
  event.metadata.name = "a";
  event.lastTimestamp = cloud.now();
  cloud.put(event);
  cloud.run_for(50min);
  event = *cloud.find<Event>(in_default("a"));
  event.lastTimestamp = cloud.now();
  cloud.put(event);
  cloud.run_for(59min);
  EXPECT_THAT(cloud.all<Event>(), SizeIs(1));
  cloud.run_for(2min);
  EXPECT_THAT(cloud.all<Event>(), IsEmpty());
}

}  // namespace
}  // namespace aloft::controllers

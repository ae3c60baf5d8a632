// The clock of two_nurses.cpp: one heap of events, and what happens first at one instant.
//
// Comes in: instants, classes, numbers. Goes out: the next event. Never knows a patient.
#pragma once

#include "duty.hpp"
#include "heap.hpp"
#include "practice.hpp"

// The order at one instant (section 5 of docs/model.md); in a class the smaller number is first.
enum Class : std::uint64_t { MONTH, DUTY, EXPIRY, COMPLETION, DEATH, RELEASE };

// Instants have 34 bits, classes 3; a release has 15 bits of patient, 3 of kind and 9 of index.
constexpr int TIME_AT = 30, CLASS_AT = 27, PATIENT_AT = 12, KIND_AT = 9;
constexpr int MOST_PATIENTS = 1 << (CLASS_AT - PATIENT_AT), MOST_REQUESTS = 1 << KIND_AT;

// An event is ordered by instant, class and number alone; `about` says where to look.
struct Event {
    std::uint64_t order;
    int about;

    bool operator<(const Event& other) const { return order < other.order; }
    Ticks time() const { return static_cast<Ticks>(order >> TIME_AT); }
    Class what() const { return static_cast<Class>(order >> CLASS_AT & 7); }
    Kind released() const { return static_cast<Kind>(order >> KIND_AT & 7); }
};

inline std::uint64_t release_number(int patient, Kind kind, int index) {
    return static_cast<std::uint64_t>(patient) << PATIENT_AT |
           static_cast<std::uint64_t>(kind) << KIND_AT | static_cast<std::uint64_t>(index);
}

class Agenda {
  public:
    explicit Agenda(const Calendar& calendar) : calendar_(calendar), events_(4096) {}

    void clear() {
        events_.clear();
        now_ = 0;
        business_day_ = -1;
    }

    void schedule(Ticks time, Class what, std::uint64_t number, int about) {
        const auto instant = static_cast<std::uint64_t>(time) << TIME_AT;
        events_.push({instant | what << CLASS_AT | number, about});
    }

    // Take the next event and put the clock forward.
    Event next() {
        const Event event = events_.top();
        events_.pop();
        now_ = event.time();
        return event;
    }

    // A month's end is always ahead, so there is a next event.
    bool instant_is_over() const { return events_.top().time() > now_; }

    Ticks now() const { return now_; }
    int today() const { return static_cast<int>(now_ / TICKS_PER_DAY); }
    Ticks opening(int day) const { return calendar_.midnight[day] + calendar_.opens; }

    // The latest business day that has begun, −1 before the first.
    int business_day() {
        const int days = calendar_.days();
        while (business_day_ + 1 < days && calendar_.midnight[business_day_ + 1] <= now_)
            ++business_day_;
        return business_day_;
    }

  private:
    const Calendar& calendar_;
    Heap<Event> events_;
    Ticks now_ = 0;
    int business_day_ = -1;
};

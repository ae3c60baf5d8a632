// The small model as an event loop: one heap holds everything that is still to happen.
//
// An event is one number: its instant, its class, whom it is about. At one instant the classes have
// the order of section 5 of docs/model.md.
#include "heap.hpp"
#include "program.hpp"
#include "small.hpp"

namespace {

enum Class : std::uint64_t { MONTH, DUTY_END, DUTY_START, COMPLETION, RELEASE };

constexpr int CLASS_AT = 27, TIME_AT = 30;

std::uint64_t event(Ticks time, Class what, int whom) {
    return static_cast<std::uint64_t>(time) << TIME_AT | what << CLASS_AT |
           static_cast<std::uint64_t>(whom);
}

struct Patient {
    Ticks minutes;  // captured in this month
    int calls;
};

// Released items come in the order in which they are served, so a worklist is an array with two
// ends, empty at the month's start.
struct Coordinator {
    bool on_duty, busy;
    int day;              // business day of the next shift, or of the present one
    int patient, month;   // of the call
    Ticks answered;       // ticks of the answered call, 0 if it is not answered
    std::size_t served;   // items of the worklist that were started
    std::vector<int> worklist;
    std::vector<char> free_days;  // whether each business day is without a spell
};

class SmallHeap {
  public:
    explicit SmallHeap(const SmallModel& model)
        : model_(model), events_(model.panel + 2 * model.seats + 2), patients_(model.panel) {
        for (int seat = 0; seat < model.seats; ++seat) {
            coordinators_.push_back({});
            coordinators_.back().worklist.reserve(model.panel * model.max_attempts);
            coordinators_.back().free_days.resize(model.midnight.size());
        }
    }

    void run(const Keyed& keyed, MonthCounts* counts) {
        counts_ = counts;
        month_ = -1;
        today_ = 0;
        events_.clear();
        for (int seat = 0; seat < model_.seats; ++seat) {
            Coordinator& who = coordinators_[seat];
            model_.draw_duty(keyed, seat, who.free_days);
            who.on_duty = who.busy = false;
            who.day = -1;
            expect_shift(seat);
        }
        events_.push(event(0, MONTH, 0));
        while (handle(keyed, events_.top())) {}
    }

  private:
    // Let one event happen, and take it off or put what follows in its place.
    bool handle(const Keyed& keyed, std::uint64_t top) {
        now_ = static_cast<Ticks>(top >> TIME_AT);
        const int whom = static_cast<int>(top & ((1u << CLASS_AT) - 1));
        switch (static_cast<Class>(top >> CLASS_AT & 7)) {
            case MONTH: return turn_month(keyed);
            case DUTY_END: go_off_duty(whom); break;
            case DUTY_START: come_on_duty(keyed, whom); break;
            case COMPLETION: complete(keyed, whom); break;
            case RELEASE: release(whom); break;
        }
        return true;
    }

    bool turn_month(const Keyed& keyed) {
        if (month_ >= 0) end_month();
        if (++month_ == model_.months) return false;
        events_.replace_top(event(model_.month_start[month_ + 1], MONTH, 0));
        for (int p = 0; p < model_.panel; ++p) {
            patients_[p] = {0, 0};
            const int day = model_.outreach_day(keyed, p, month_);
            events_.push(event(model_.midnight[day] + model_.opens, RELEASE, p));
        }
        return true;
    }

    void end_month() {
        MonthCounts& counts = counts_[month_];
        counts.patients += model_.panel;
        for (const Patient& patient : patients_)
            counts.billable += patient.minutes >= model_.threshold;
        for (Coordinator& who : coordinators_) {
            counts.events += static_cast<int>(who.worklist.size() - who.served);  // expired
            who.worklist.clear();
            who.served = 0;
        }
    }

    void expect_shift(int seat) {
        Coordinator& who = coordinators_[seat];
        const int days = static_cast<int>(model_.duty_start.size());
        do ++who.day;
        while (who.day < days && !who.free_days[who.day]);
        if (who.day < days) events_.push(event(model_.duty_start[who.day], DUTY_START, seat));
    }

    void go_off_duty(int seat) {
        events_.pop();
        coordinators_[seat].on_duty = false;
        ++counts_[month_].events;
        expect_shift(seat);
    }

    void come_on_duty(const Keyed& keyed, int seat) {
        Coordinator& who = coordinators_[seat];
        events_.replace_top(event(model_.duty_end[who.day], DUTY_END, seat));
        who.on_duty = true;
        ++counts_[month_].events;
        if (!who.busy) start_next(keyed, seat);
    }

    void release(int p) {
        events_.pop();
        coordinators_[model_.owner[p]].worklist.push_back(p);  // nobody is on duty at opening
        ++counts_[month_].events;
    }

    void start_next(const Keyed& keyed, int seat) {
        Coordinator& who = coordinators_[seat];
        if (who.served == who.worklist.size()) return;
        const int p = who.worklist[who.served++];
        Patient& patient = patients_[p];
        who.busy = true;
        who.patient = p;
        who.month = month_;
        who.answered = model_.answered_ticks(keyed, p, month_, patient.calls);
        ++patient.calls;
        patient.minutes += who.answered;
        ++counts_[month_].attempts;
        ++counts_[month_].events;
        const Ticks end = now_ + (who.answered > 0 ? who.answered : model_.attempt);
        events_.push(event(end, COMPLETION, seat));
    }

    void complete(const Keyed& keyed, int seat) {
        events_.pop();
        Coordinator& who = coordinators_[seat];
        who.busy = false;
        ++counts_[month_].events;
        if (who.month == month_) note_next(who);
        if (who.on_duty) start_next(keyed, seat);
    }

    // Only this patient's calls change what a release would find, so it is found out at once.
    void note_next(const Coordinator& who) {
        const Patient& patient = patients_[who.patient];
        while (now_ >= model_.midnight[today_ + 1]) ++today_;
        const int day = today_ + (who.answered > 0 ? model_.followup_gap : model_.retry_gap);
        const bool wanted = patient.minutes < model_.target && patient.calls < model_.max_attempts;
        if (wanted && day < model_.first_day[month_ + 1])
            events_.push(event(model_.midnight[day] + model_.opens, RELEASE, who.patient));
    }

    const SmallModel& model_;
    Heap<std::uint64_t> events_;
    std::vector<Patient> patients_;
    std::vector<Coordinator> coordinators_;
    MonthCounts* counts_ = nullptr;
    int month_ = 0;
    int today_ = 0;  // business day of the clock, brought up to date when it is asked for
    Ticks now_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    const Options options = read_options(argc, argv);
    const Tables tables(options.tables);
    const SmallModel model(tables);
    SmallHeap program(model);
    run_and_report(options, model.months,
                   [&](const Keyed& keyed, MonthCounts* counts) { program.run(keyed, counts); });
}

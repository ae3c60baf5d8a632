// The small model without an event list: one coordinator's month is walked at a time.
//
// That is exact where a queue has one server and patients of its own and the order is by release: a
// small heap of (business day of the release, patient) is all that has to be kept in order.
#include "heap.hpp"
#include "program.hpp"
#include "small.hpp"

namespace {

struct Patient {
    Ticks minutes;  // captured in this month
    int calls;
};

class SmallLazy {
  public:
    explicit SmallLazy(const SmallModel& model)
        : model_(model),
          queue_(model.panel),
          patients_(model.panel),
          on_duty_(model.midnight.size()),
          next_duty_(model.midnight.size()) {}

    void run(const Keyed& keyed, MonthCounts* counts) {
        for (int seat = 0; seat < model_.seats; ++seat) {
            model_.draw_duty(keyed, seat, on_duty_);
            link_duty_days();
            now_ = 0;
            today_ = 0;
            for (int month = 0; month < model_.months; ++month)
                walk_month(keyed, seat, month, counts[month]);
        }
    }

  private:
    // next_duty_[day]: the first day on duty from this one on; beyond the last month without one.
    void link_duty_days() {
        int next = static_cast<int>(on_duty_.size()) - 1;  // the entry after the last business day
        next_duty_[next] = next;
        for (int day = next - 1; day >= 0; --day) {
            if (on_duty_[day]) next = day;
            next_duty_[day] = next;
        }
    }

    void walk_month(const Keyed& keyed, int seat, int month, MonthCounts& counts) {
        const int last = model_.first_day[month + 1];
        queue_.clear();
        for (int p = seat; p < model_.panel; p += model_.seats) {
            patients_[p] = {0, 0};
            queue_.push(key(model_.outreach_day(keyed, p, month), p));
        }
        int started = 0;
        while (!queue_.empty() && wait_for_duty(queue_.top() >> 16, last)) {
            serve(keyed, queue_.top() & 0xFFFF, month, last);
            ++started;
        }
        enter(seat, month, started, counts);
    }

    static std::uint32_t key(int day, int patient) {
        return static_cast<std::uint32_t>(day) << 16 | static_cast<std::uint32_t>(patient);
    }

    // Move the clock to the first instant on duty from now and the release on, if there is one.
    bool wait_for_duty(int release, int last) {
        int day = next_duty_[std::max(release, today_)];
        while (day < last && std::max(now_, model_.duty_start[day]) >= model_.duty_end[day])
            day = next_duty_[day + 1];
        if (day >= last) return false;
        now_ = std::max(now_, model_.duty_start[day]);
        today_ = day;
        return true;
    }

    // Call the patient whose item is first; what follows takes the item's place in the queue.
    void serve(const Keyed& keyed, int p, int month, int last) {
        Patient& patient = patients_[p];
        const Ticks answered = model_.answered_ticks(keyed, p, month, patient.calls);
        ++patient.calls;
        patient.minutes += answered;
        now_ += answered > 0 ? answered : model_.attempt;
        while (now_ >= model_.midnight[today_ + 1]) ++today_;  // a call may end on another day
        const int next = today_ + (answered > 0 ? model_.followup_gap : model_.retry_gap);
        const bool wanted = patient.minutes < model_.target && patient.calls < model_.max_attempts;
        if (wanted && next < last) queue_.replace_top(key(next, p));
        else queue_.pop();
    }

    void enter(int seat, int month, int started, MonthCounts& counts) {
        int duty_days = 0, expired = 0;
        for (int day = model_.first_day[month]; day < model_.first_day[month + 1]; ++day)
            duty_days += on_duty_[day];
        for (; !queue_.empty(); queue_.pop()) ++expired;
        for (int p = seat; p < model_.panel; p += model_.seats) {
            ++counts.patients;
            counts.billable += patients_[p].minutes >= model_.threshold;
        }
        counts.attempts += started;
        // released (started or expired), started, completed, expired, duty begun and ended
        counts.events += 3 * started + 2 * expired + 2 * duty_days;
    }

    const SmallModel& model_;
    Heap<std::uint32_t> queue_;
    std::vector<Patient> patients_;
    std::vector<char> on_duty_;
    std::vector<int> next_duty_;
    Ticks now_ = 0;
    int today_ = 0;  // business day of the clock
};

}  // namespace

int main(int argc, char** argv) {
    const Options options = read_options(argc, argv);
    const Tables tables(options.tables);
    const SmallModel model(tables);
    SmallLazy program(model);
    run_and_report(options, model.months,
                   [&](const Keyed& keyed, MonthCounts* counts) { program.run(keyed, counts); });
}

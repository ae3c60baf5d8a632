// Samples where a process is: every so often of its CPU time, the address of the next instruction.
// Comes in: an interval. Goes out: addresses in a buffer of the caller's.
#include <atomic>
#include <csignal>
#include <cstdint>
#include <sys/time.h>
#include <ucontext.h>

namespace {
std::uint64_t* buffer = nullptr;
std::uint64_t room = 0;
std::atomic<std::uint64_t> used{0};

void note(int, siginfo_t*, void* raw) {
    const auto* context = static_cast<const ucontext_t*>(raw);
#if defined(__x86_64__)
    const auto address = static_cast<std::uint64_t>(context->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
    const auto address = static_cast<std::uint64_t>(context->uc_mcontext.pc);
#else
#error "no register to read is known for this processor"
#endif
    const auto place = used.fetch_add(1, std::memory_order_relaxed);
    if (place < room) buffer[place] = address;
}

void every(long microseconds) {
    itimerval timer{};
    timer.it_interval.tv_usec = timer.it_value.tv_usec = microseconds;
    setitimer(ITIMER_PROF, &timer, nullptr);
}
}  // namespace

extern "C" void begin(std::uint64_t* addresses, std::uint64_t most, long microseconds) {
    buffer = addresses;
    room = most;
    used = 0;
    struct sigaction action {};
    action.sa_sigaction = note;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigaction(SIGPROF, &action, nullptr);
    every(microseconds);
}

extern "C" std::uint64_t end() {
    every(0);
    const auto seen = used.load();
    return seen < room ? seen : room;
}

// Keyed random numbers and inversion, written from section 1 of docs/model.md.
//
// Comes in: whole numbers as keys, rows of compiled laws. Goes out: uniforms, values, durations.
// Never holds state, so nobody's draws depend on anybody else's.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

// Time in whole ticks of 1/1024 minute: minutes in float64 on that grid are the same numbers.
using Ticks = std::int64_t;
constexpr Ticks TICKS_PER_MINUTE = 1024;
constexpr Ticks TICKS_PER_DAY = 1440 * TICKS_PER_MINUTE;

inline Ticks to_ticks(double minutes) {
    return static_cast<Ticks>(std::floor(1024.0 * minutes + 0.5));
}

inline Ticks duration(double minutes) { return std::max<Ticks>(1, to_ticks(minutes)); }

constexpr std::uint32_t NO_MONTH = 0xFFFFFFFFu;
constexpr std::uint32_t PRACTICE = 0xFFFFFFFFu;

// The streams that the programs draw from (the table of streams).
enum Stream : std::uint32_t {
    PATIENT_NEED = 1,
    PATIENT_MONEY = 2,
    LEAVING = 3,
    DEATH_INSTANT = 4,
    OUTREACH_RELEASE = 5,
    DOCUMENTATION = 6,
    REQUEST_COUNT = 7,
    INBOUND_RELEASE = 8,
    INBOUND_WORK = 9,
    INBOUND_OUTSIDE = 10,
    CARE_RELEASE = 11,
    CARE_WORK = 12,
    CARE_OUTSIDE = 13,
    CALL_ANSWER = 14,
    CALL_MINUTES = 15,
    CHART_WORK = 16,
    CLINIC_LOAD = 19,
};

struct Pair {
    double first, second;
};

// Philox4x32-10 with the key (seed, replication); one block a call.
class Keyed {
  public:
    Keyed(std::uint32_t seed, std::uint32_t replication) : seed_(seed), replication_(replication) {}

    Pair operator()(std::uint32_t stream, std::uint32_t entity, std::uint32_t month,
                    std::uint32_t index) const {
        std::uint32_t c0 = index, c1 = month, c2 = entity, c3 = stream;
        std::uint32_t k0 = seed_, k1 = replication_;
        for (int round = 0; round < 10; ++round) {
            const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c0;
            const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * c2;
            c0 = high(p1) ^ c1 ^ k0;
            c1 = static_cast<std::uint32_t>(p1);
            c2 = high(p0) ^ c3 ^ k1;
            c3 = static_cast<std::uint32_t>(p0);
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
        return {uniform(c0, c1), uniform(c2, c3)};
    }

  private:
    static std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

    static double uniform(std::uint32_t upper, std::uint32_t lower) {
        const std::uint64_t bits = (std::uint64_t{upper} << 32 | lower) >> 12;
        return (static_cast<double>(static_cast<std::int64_t>(bits)) + 0.5) * 0x1p-52;
    }

    std::uint32_t seed_, replication_;
};

// The standard normal quantile: M. J. Wichura, AS241 (PPND16), Applied Statistics 37 (1988).
inline double normal_tail(double u, double q) {
    double r = std::sqrt(-std::log(q < 0.0 ? u : 1.0 - u));
    double x;
    if (r <= 5.0) {
        r -= 1.6;
        x = (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r +
                  0.24178072517745061177) * r + 1.27045825245236838258) * r +
                3.64784832476320460504) * r + 5.7694972214606914055) * r +
              4.6303378461565452959) * r + 1.42343711074968357734) /
            (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r +
                  0.0151986665636164571966) * r + 0.14810397642748007459) * r +
                0.68976733498510000455) * r + 1.6763848301838038494) * r +
              2.05319162663775882187) * r + 1.0);
    } else {
        r -= 5.0;
        x = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r +
                  1.2426609473880784386e-3) * r + 0.026532189526576123093) * r +
                0.29656057182850489123) * r + 1.7848265399172913358) * r +
              5.4637849111641143699) * r + 6.6579046435011037772) /
            (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r +
                  1.8463183175100546818e-5) * r + 7.868691311456132591e-4) * r +
                0.0148753612908506148525) * r + 0.13692988092273580531) * r +
              0.59983220655588793769) * r + 1.0);
    }
    return q < 0.0 ? -x : x;
}

inline double normal_quantile(double u) {
    const double q = u - 0.5;
    if (std::fabs(q) > 0.425) return normal_tail(u, q);
    const double r = 0.180625 - q * q;
    return (((((((2509.0809287301226727 * r + 33430.575583588128105) * r +
                 67265.770927008700853) * r + 45921.953931549871457) * r +
               13731.693765509461125) * r + 1971.5909503065514427) * r +
             133.14166789178437745) * r + 3.3871328727963666080) * q /
           (((((((5226.4952788528545610 * r + 28729.085735721942674) * r +
                 39307.895800092710610) * r + 21213.794301586595867) * r +
               5394.1960214247511077) * r + 687.18700749205790830) * r +
             42.313330701600911252) * r + 1.0);
}

// The first count whose cumulative probability reaches u.
inline int poisson(double mean, double u) {
    double term = std::exp(-mean), total = term, count = 0.0;
    while (total < u) {
        count += 1.0;
        term *= mean / count;
        const double larger = total + term;
        if (larger == total && count > mean) break;  // the sum has stopped a rounding error below u
        total = larger;
    }
    return static_cast<int>(count);
}

enum LawKind { CONSTANT = 0, LOGNORMAL = 4, GEOMETRIC = 5, UNIFORM_INTEGERS = 7, TABLE = 9 };

// One compiled law; a table points at its quantiles.
struct Law {
    int kind = CONSTANT;
    double a = 0.0, b = 0.0;
    const double* table = nullptr;

    double operator()(double u) const {
        switch (kind) {
            case LOGNORMAL: return std::exp(a + b * normal_quantile(u));
            case GEOMETRIC: return 1.0 + std::floor(std::log(u) / a);
            case UNIFORM_INTEGERS: return a + std::floor(u * b);
            case TABLE: return interpolated(u);
            default: return a;
        }
    }

  private:
    // Octaves of w = min(u, 1 - u), b equal intervals in each; the lower side stands first.
    double interpolated(double u) const {
        constexpr int OCTAVES = 52;
        const int intervals = static_cast<int>(b);
        const double w = u < 0.5 ? u : 1.0 - u;
        std::uint64_t bits;
        std::memcpy(&bits, &w, sizeof bits);
        const int octave = static_cast<int>(bits >> 52) - 1022 + OCTAVES;
        bits = (bits & 0xFFFFFFFFFFFFFull) | 0x3FF0000000000000ull;
        double within;  // w within its octave, from 1 up to 2
        std::memcpy(&within, &bits, sizeof within);
        const double position = (within - 1.0) * intervals;
        const int cell = static_cast<int>(position);
        const double* node = table + (u < 0.5 ? 0 : OCTAVES * intervals + 2);
        node += octave * intervals + cell;
        return node[0] + (position - cell) * (node[1] - node[0]);
    }
};

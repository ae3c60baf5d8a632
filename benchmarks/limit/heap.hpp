// A heap of four branches over a preallocated array: the least comes first.
#pragma once

#include <cstddef>
#include <vector>

template <class Key>
class Heap {
  public:
    explicit Heap(std::size_t room) { keys_.reserve(room); }

    bool empty() const { return keys_.empty(); }
    Key top() const { return keys_.front(); }
    void clear() { keys_.clear(); }

    void push(Key key) {
        keys_.push_back(key);
        rise(keys_.size() - 1, key);
    }

    void pop() {
        const Key last = keys_.back();
        keys_.pop_back();
        if (!keys_.empty()) replace_top(last);
    }

    void replace_top(Key key) {
        std::size_t hole = 0;
        while (true) {
            const std::size_t best = least_child(hole);
            if (best >= keys_.size() || !(keys_[best] < key)) break;
            keys_[hole] = keys_[best];
            hole = best;
        }
        keys_[hole] = key;
    }

  private:
    // Beyond the heap where there is no child.
    std::size_t least_child(std::size_t parent) const {
        const std::size_t child = 4 * parent + 1, size = keys_.size();
        if (child + 3 < size) {
            const std::size_t left = child + (keys_[child + 1] < keys_[child]);
            const std::size_t right = child + 2 + (keys_[child + 3] < keys_[child + 2]);
            return keys_[right] < keys_[left] ? right : left;
        }
        std::size_t best = child;
        for (std::size_t i = child + 1; i < size; ++i)
            if (keys_[i] < keys_[best]) best = i;
        return best;
    }

    void rise(std::size_t hole, Key key) {
        while (hole > 0 && key < keys_[(hole - 1) / 4]) {
            keys_[hole] = keys_[(hole - 1) / 4];
            hole = (hole - 1) / 4;
        }
        keys_[hole] = key;
    }

    std::vector<Key> keys_;
};

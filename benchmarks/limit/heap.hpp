// A binary heap of numbers over a preallocated array: the least comes first.
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

    // Put another key in the place of the least: one walk instead of a pop and a push.
    void replace_top(Key key) {
        const std::size_t size = keys_.size();
        std::size_t hole = 0, child = 1;
        while (child + 1 < size) {
            child += keys_[child + 1] < keys_[child];
            if (!(keys_[child] < key)) break;
            keys_[hole] = keys_[child];
            hole = child;
            child = 2 * hole + 1;
        }
        if (child + 1 == size && keys_[child] < key) {
            keys_[hole] = keys_[child];
            hole = child;
        }
        keys_[hole] = key;
    }

  private:
    void rise(std::size_t hole, Key key) {
        while (hole > 0 && key < keys_[(hole - 1) / 2]) {
            keys_[hole] = keys_[(hole - 1) / 2];
            hole = (hole - 1) / 2;
        }
        keys_[hole] = key;
    }

    std::vector<Key> keys_;
};

package io.github.zklb.strategy;

/** A binary heap of numbers: the least comes first. Adding and removing cost O(log n) and allocate nothing. */
final class LongHeap {

    private final long[] elements;
    private int size;

    /** An empty heap for at most so many elements. */
    LongHeap(int capacity) {
        elements = new long[capacity];
    }

    void add(long element) {
        int place = size++;
        while (place > 0 && elements[(place - 1) >> 1] > element) {
            elements[place] = elements[(place - 1) >> 1];
            place = (place - 1) >> 1;
        }
        elements[place] = element;
    }

    /** Removes the least of at least one element. */
    long removeLeast() {
        long least = elements[0];
        long last = elements[--size];
        int place = 0;
        for (int child = 1; child < size; child = 2 * place + 1) {
            if (child + 1 < size && elements[child + 1] < elements[child]) {
                child++;
            }
            if (elements[child] >= last) {
                break;
            }
            elements[place] = elements[child];
            place = child;
        }
        elements[place] = last;
        return least;
    }
}

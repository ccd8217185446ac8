package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LongHeapTest {

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.github.zklb.strategy.Fleets#seeds")
    void theLeastComesFirstWhateverTheOrderOfAddingAndRemoving(long seed) {
        Random random = new Random(seed);
        int capacity = 1 + random.nextInt(40);
        LongHeap heap = new LongHeap(capacity);
        PriorityQueue<Long> reference = new PriorityQueue<>();
        for (int i = 0; i < 1_000; i++) {
            if (reference.size() < capacity && (reference.isEmpty() || random.nextBoolean())) {
                long element = random.nextInt(50) - 25;
                heap.add(element);
                reference.add(element);
            } else {
                assertThat(heap.removeLeast()).as("seed %d, step %d", seed, i).isEqualTo(reference.remove());
            }
        }
    }
}

package io.github.zklb.benchmarks.simulator;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Draws numbers from 0 on by Zipf's law: number {@code k} with a probability in proportion to {@code (k + 1)^-exponent}. */
final class Zipf {

    private final double[] sums;

    Zipf(int size, double exponent) {
        sums = new double[size];
        double sum = 0;
        for (int k = 0; k < size; k++) {
            sum += StrictMath.pow(k + 1, -exponent);
            sums[k] = sum;
        }
    }

    int draw(RandomGenerator random) {
        int place = Arrays.binarySearch(sums, random.nextDouble() * sums[sums.length - 1]);
        return place >= 0 ? place : -place - 1;
    }
}

package io.github.zklb.strategy;

import java.util.Collection;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** Guesses what a misspelt name was meant to be. */
final class Spelling {

    private Spelling() {}

    /** The known name that is fewest edits away, if a third of the letters or less have to change. */
    static @Nullable String closest(String name, Collection<String> known) {
        return known.stream()
                .filter(candidate -> 3 * edits(name, candidate) <= candidate.length())
                .min(Comparator.comparingInt(candidate -> edits(name, candidate)))
                .orElse(null);
    }

    /** Levenshtein's distance: the least number of letters to insert, delete or replace. */
    private static int edits(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}

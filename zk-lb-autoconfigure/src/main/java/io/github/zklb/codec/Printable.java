package io.github.zklb.codec;

import io.github.zklb.Message;

/** Text that others wrote, made fit for a log line or a message. */
public final class Printable {

    private static final int LONGEST = 200;

    private Printable() {}

    /**
     * The text with everything but printable ASCII escaped, and cut after 200 characters: it cannot begin a line, move a
     * cursor, reverse the direction of what follows, or end with what looks like the name of one of our messages.
     */
    public static String of(String text) {
        StringBuilder printable = new StringBuilder();
        int length = Math.min(text.length(), LONGEST);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= ' ' && c <= '~' && c != '\\' && !text.startsWith(Message.NAME, i)) {
                printable.append(c);
            } else {
                printable.append("\\u%04x".formatted((int) c));
            }
        }
        return length < text.length() ? printable.append("...").toString() : printable.toString();
    }
}

/** Spring's clients, each behind one interface, and the contract that all of them keep. */
@NullMarked
package io.github.zklb.clients;

import org.jspecify.annotations.NullMarked;

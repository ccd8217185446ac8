package io.github.zklb.springcloud.webclient;

import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.ZeroCopyHttpOutputMessage;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpRequestDecorator;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ClientRequest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The body of a request of WebClient's, which knows whether it has failed itself: the exchange then fails too, and that looks
 * like an error of the instance.
 */
final class CallersBody implements BodyInserter<Object, ClientHttpRequest> {

    private static final Object NONE = BodyInserters.empty();

    private final BodyInserter<?, ? super ClientHttpRequest> inserter;
    private volatile boolean failed;

    private CallersBody(BodyInserter<?, ? super ClientHttpRequest> inserter) {
        this.inserter = inserter;
    }

    /** The body of a request; null if it has none, which costs nothing. */
    @SuppressWarnings("ReferenceEquality") // Spring has one constant for no body
    static @Nullable CallersBody of(ClientRequest request) {
        return request.body() == NONE ? null : new CallersBody(request.body());
    }

    /** The request with this in place of its body. */
    ClientRequest in(ClientRequest request) {
        return ClientRequest.from(request).body(this).build();
    }

    /** Whether what is sent last has failed by itself. */
    boolean hasFailed() {
        return failed;
    }

    /** An error before anything is written is the inserter's own, such as a media type that nothing can write. */
    @Override
    public Mono<Void> insert(ClientHttpRequest request, Context context) {
        failed = false;
        ClientHttpRequest watched =
                request instanceof ZeroCopyHttpOutputMessage ? new WatchedWithFiles(request) : new Watched(request);
        return Mono.defer(() -> inserter.insert(watched, context)).doOnError(error -> failed |= !request.isCommitted());
    }

    /** A request that notes an error of what is written to it. */
    private class Watched extends ClientHttpRequestDecorator {

        Watched(ClientHttpRequest request) {
            super(request);
        }

        @Override
        public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
            return super.writeWith(watch(body));
        }

        @Override
        public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
            return super.writeAndFlushWith(watch(Flux.from(body).map(this::watch)));
        }

        /** A Mono stays one: it is sent with its length. */
        private <T> Publisher<T> watch(Publisher<T> body) {
            return body instanceof Mono<T> mono
                    ? mono.doOnError(error -> failed = true)
                    : Flux.from(body).doOnError(error -> failed = true);
        }
    }

    /** One that can send a file without copying it, and notes if that cannot be read. */
    private final class WatchedWithFiles extends Watched implements ZeroCopyHttpOutputMessage {

        WatchedWithFiles(ClientHttpRequest request) {
            super(request);
        }

        @Override
        public Mono<Void> writeWith(Path file, long position, long count) {
            return Mono.defer(() -> ((ZeroCopyHttpOutputMessage) getDelegate()).writeWith(file, position, count))
                    .doOnError(FileSystemException.class, error -> failed = true);
        }
    }
}

package com.palantir.dialogue.core;

import com.github.benmanes.caffeine.cache.Ticker;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ListMultimap;
import com.google.common.util.concurrent.ListenableFuture;
import com.palantir.dialogue.Endpoint;
import com.palantir.dialogue.HttpMethod;
import com.palantir.dialogue.Request;
import com.palantir.dialogue.Response;
import com.palantir.dialogue.ResponseAttachments;
import com.palantir.dialogue.UrlBuilder;
import com.palantir.tritium.metrics.registry.DefaultTaggedMetricRegistry;
import java.io.InputStream;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/** A way to Dialogue's balanced selection of a node, which is not public: hence this package. For one thread. */
public final class BalancedChannels {

    private static final Endpoint ENDPOINT = new Endpoint() {
        @Override
        public HttpMethod httpMethod() {
            return HttpMethod.GET;
        }

        @Override
        public void renderPath(ListMultimap<String, String> params, UrlBuilder url) {}

        @Override
        public String serviceName() {
            return "simulated";
        }

        @Override
        public String endpointName() {
            return "simulated";
        }

        @Override
        public String version() {
            return "1";
        }
    };

    private final BalancedNodeSelectionStrategyChannel channel;
    private ListenableFuture<Response> response;
    private int picked;

    /**
     * @param size how many hosts there are
     */
    public BalancedChannels(int size, Random random, Ticker clock) {
        channel = new BalancedNodeSelectionStrategyChannel(
                IntStream.range(0, size)
                        .mapToObj(number -> (LimitedChannel) (endpoint, request, enforcement) -> {
                            picked = number;
                            return Optional.of(response);
                        })
                        .collect(ImmutableList.toImmutableList()),
                random,
                clock,
                new DefaultTaggedMetricRegistry(),
                "simulated");
    }

    /** Picks the host for a request whose response will be that, and says which one it is. */
    public int send(ListenableFuture<Response> future) {
        response = future;
        var unused = channel.maybeExecute(
                        ENDPOINT, Request.builder().build(), LimitedChannel.LimitEnforcement.DEFAULT_ENABLED)
                .orElseThrow();
        return picked;
    }

    /** A response without a body. */
    public static Response response(int code) {
        return new Response() {
            @Override
            public InputStream body() {
                return InputStream.nullInputStream();
            }

            @Override
            public int code() {
                return code;
            }

            @Override
            public ListMultimap<String, String> headers() {
                return ImmutableListMultimap.of();
            }

            @Override
            public ResponseAttachments attachments() {
                return ResponseAttachments.create();
            }

            @Override
            public void close() {}
        };
    }
}

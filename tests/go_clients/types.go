package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"time"

	sb "github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
	"github.com/Azure/go-amqp"
)

var guid = amqp.UUID{0x6f, 0x96, 0x19, 0xff, 0x8b, 0x86, 0xd0, 0x11, 0xb4, 0x2d, 0, 0xc0, 0x4f, 0xc9, 0x64, 0xff}

// everyType is a property of each AMQP type that Service Bus knows.
var everyType = map[string]any{
	"null":      nil,
	"boolean":   true,
	"byte":      int8(-5),
	"ubyte":     uint8(250),
	"short":     int16(-3000),
	"ushort":    uint16(60000),
	"int":       int32(math.MinInt32),
	"uint":      uint32(math.MaxUint32),
	"long":      int64(math.MaxInt64),
	"long-low":  int64(math.MinInt64),
	"long-53":   int64(1 << 53),
	"long-1":    int64(1),
	"ulong":     uint64(math.MaxUint64),
	"ulong-1":   uint64(1),
	"float":     float32(0.1),
	"double":    0.1,
	"double-1":  1.0,
	"string":    "grüße",
	"binary":    []byte{1, 2, 3},
	"binary-8":  []byte{1, 2, 3, 4, 5, 6, 7, 8},
	"guid":      guid,
	"timestamp": time.UnixMilli(1709209813123).UTC(),
}

// sendTypes sends one with each kind of id: send-types CONNECTION_STRING QUEUE.
func sendTypes(args []string) error {
	client, err := openServiceBus(args[0])
	if err != nil {
		return err
	}
	return guarded("types", func(ctx context.Context) {
		defer client.Close(ctx)
		sender := have(client.NewSender(args[1], nil))
		for _, id := range []any{"text", guid, uint64(math.MaxUint64), uint64(7)} {
			must(sender.SendAMQPAnnotatedMessage(ctx, &sb.AMQPAnnotatedMessage{
				ApplicationProperties: everyType,
				Body:                  sb.AMQPAnnotatedMessageBody{Data: [][]byte{[]byte("{}")}},
				Properties: &sb.AMQPAnnotatedMessageProperties{
					MessageID: id, CorrelationID: id,
				},
			}, nil))
		}
	})
}

// showTypes prints COUNT messages with their types:
// show-types CONNECTION_STRING QUEUE COUNT.
func showTypes(args []string) error {
	client, err := openServiceBus(args[0])
	if err != nil {
		return err
	}
	var count int
	fmt.Sscan(args[2], &count)
	return guarded("types", func(ctx context.Context) {
		defer client.Close(ctx)
		receiver := have(client.NewReceiverForQueue(args[1], nil))
		for _, each := range receive(ctx, receiver, count) {
			must(receiver.CompleteMessage(ctx, each, nil))
			raw := each.RawAMQPMessage
			all := map[string]string{
				"(message id)":     typed(raw.Properties.MessageID),
				"(correlation id)": typed(raw.Properties.CorrelationID),
			}
			for name, value := range raw.ApplicationProperties {
				all[name] = typed(value)
			}
			say(all)
		}
	})
}

func typed(value any) string {
	switch value := value.(type) {
	case []byte:
		return "binary " + hex.EncodeToString(value)
	case time.Time:
		return fmt.Sprint("time ", value.UnixMilli())
	}
	return fmt.Sprintf("%T %v", value, value)
}

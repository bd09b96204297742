package main

import (
	"context"
	"fmt"

	eh "github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

// eventHubs sends events and reads them back: eventhubs CONNECTION_STRING.
func eventHubs(args []string) error {
	return guarded("events", func(ctx context.Context) {
		producer := have(eh.NewProducerClientFromConnectionString(args[0], "hub", nil))
		defer producer.Close(ctx)
		hub := have(producer.GetEventHubProperties(ctx, nil))
		same(hub.PartitionIDs, []string{"0", "1", "2", "3"}, "partitions")
		partition := have(producer.GetPartitionProperties(ctx, "2", nil))
		same(partition.IsEmpty, true, "empty")
		options := &eh.EventDataBatchOptions{PartitionID: ref("2")}
		batch := have(producer.NewEventDataBatch(ctx, options))
		for n := range 3 {
			must(batch.AddEventData(&eh.EventData{
				Body:       []byte(fmt.Sprint("e", n)),
				MessageID:  ref(fmt.Sprint("m", n)),
				Properties: everyType,
			}, nil))
		}
		must(producer.SendEventDataBatch(ctx, batch, nil))
		readFromBehindTheFirst(ctx, args[0])
		if _, err := producer.NewEventDataBatch(ctx, &eh.EventDataBatchOptions{
			PartitionID: ref("99"),
		}); err == nil {
			panic("a partition that isn't there takes events")
		}
	})
}

func readFromBehindTheFirst(ctx context.Context, connectionString string) {
	consumer := have(eh.NewConsumerClientFromConnectionString(
		connectionString, "hub", eh.DefaultConsumerGroup, nil))
	defer consumer.Close(ctx)
	client := have(consumer.NewPartitionClient("2", &eh.PartitionClientOptions{
		StartPosition: eh.StartPosition{SequenceNumber: ref(int64(0))},
	}))
	defer client.Close(ctx)
	for n := 1; n < 3; {
		for _, event := range have(client.ReceiveEvents(ctx, 1, nil)) {
			same(string(event.Body), fmt.Sprint("e", n), "order")
			same(*event.MessageID, fmt.Sprint("m", n), "id")
			same(event.SequenceNumber, n, "number")
			for name, value := range everyType {
				same(typed(event.Properties[name]), typed(value), name)
			}
			n++
		}
	}
}

// A service order as clients post it, for tests: read-only attributes sent along, an empty date, a
// nested item, both spellings of a reference to an item, and an attribute of a vendor.
#pragma once

#include <string_view>

namespace cairn::http {

inline constexpr std::string_view kTmf641Sample = R"json({
  "id": "42", "href": "http://host/serviceOrdering/v4/serviceOrder/42",
  "externalId": "OSS-1", "priority": "1", "description": "Service order description",
  "category": "demo", "state": "acknowledged", "orderDate": "2018-01-12T09:37:40.508Z",
  "completionDate": "", "requestedStartDate": "2018-01-15T09:37:40.508Z",
  "requestedCompletionDate": "2018-01-16T09:37:40.508Z",
  "expectedCompletionDate": "2018-01-15T09:37:40.508Z", "startDate": "2018-01-12T09:37:40.508Z",
  "@type": "ServiceOrder", "vendorField": {"x": 1.10},
  "milestone": [], "jeopardyAlert": [], "errorMessage": [],
  "note": [{"date": "2018-01-15T09:37:40.508Z", "author": "A", "text": "Some text"}],
  "relatedParty": [{"id": "456", "role": "requester", "name": "J", "@referredType": "Individual"}],
  "serviceOrderItem": [
    {"id": "1", "action": "add", "state": "acknowledged", "@type": "ServiceOrderItem",
     "service": {"@type": "Service", "state": "active", "serviceType": "CFS",
       "serviceCharacteristic": [{"id": "452", "name": "vCPE", "valueType": "object",
         "value": {"MaxTxRate": 300, "TransmitPower": "11 dBm"}}],
       "serviceSpecification": {"id": "vCPE_Spec", "name": "vCPE", "version": "1"}}},
    {"id": "2", "action": "modify",
     "service": {"id": "456", "state": "active", "serviceType": "CFS",
       "serviceCharacteristic": [{"name": "serviceType", "value": "mine"}]},
     "serviceOrderItemRelationship": [
       {"relationshipType": "Dependency", "orderItem": {"itemId": "1"}}],
     "serviceOrderItem": [
       {"id": "3", "action": "add",
        "service": {"serviceType": "RFS",
          "feature": [{"name": "F", "featureCharacteritic": [{"name": "V", "value": true}]}]},
        "serviceOrderItemRelationship": [
          {"relationshipType": "dependency", "orderItem": {"id": "1"}},
          {"relationshipType": "dependency",
           "orderItem": {"itemId": "2", "serviceOrderId": ""}}]}]},
    {"id": "4", "action": "noChange", "service": {"id": "12", "state": "inactive"}}]})json";

}  // namespace cairn::http
